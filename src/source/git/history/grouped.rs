//! Values, grouped by number.

/// Lists of values, one for each number below a bound, in one allocation.
pub(crate) struct Grouped {
    /// By number: where its values begin; one entry more than there are numbers.
    starts: Vec<u32>,
    values: Vec<u32>,
}

impl Grouped {
    /// Groups `pairs` of a number below `count` and a value. Each group keeps their order.
    pub(crate) fn new(count: usize, pairs: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut starts = vec![0u32; count + 1];
        for (number, _) in pairs.clone() {
            starts[number as usize + 1] += 1;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut next = starts.clone();
        let mut values = vec![0; sum as usize];
        for (number, value) in pairs {
            let place = &mut next[number as usize];
            values[*place as usize] = value;
            *place += 1;
        }
        Self { starts, values }
    }

    /// Returns the values of a number.
    pub(crate) fn of(&self, number: u32) -> &[u32] {
        let number = number as usize;
        let (start, end) = (self.starts[number], self.starts[number + 1]);
        &self.values[start as usize..end as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_values_in_order() {
        let pairs = [(3, 7), (0, 1), (3, 2), (1, 9), (3, 7)];
        let grouped = Grouped::new(5, pairs.into_iter());
        assert_eq!(grouped.of(0), [1]);
        assert_eq!(grouped.of(1), [9]);
        assert_eq!(grouped.of(3), [7, 2, 7]);
        assert!(grouped.of(2).is_empty() && grouped.of(4).is_empty());
    }
}
