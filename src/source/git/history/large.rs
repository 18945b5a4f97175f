//! The part of a walk that deals with blobs that are not held in memory.

use std::ops::ControlFlow;

use super::damage::Damage;
use super::entry::Kind;
use super::held::Held;
use super::object::{Content, Object, STREAMED, Visit};
use super::pack::NONE;
use super::patch::Patch;
use super::walk::{Frame, Walk, Walker};

impl Walk<'_> {
    /// Makes what builds on the last frame where the base, the delta or what it makes is not held in memory.
    pub(super) fn large_child(
        &self,
        rank: u32,
        kind: Kind,
        walker: &mut Walker,
        visit: &mut dyn Visit,
    ) -> ControlFlow<()> {
        // A large delta before may have left it large.
        walker.delta = Vec::new();
        let Some(top) = walker.frames.last() else {
            return ControlFlow::Continue(());
        };
        let depth = top.depth + 1;
        let made = self
            .pack
            .head(rank, self.hash)
            .and_then(|(entry, stored)| Patch::inflated(stored, entry.size, &top.bytes));
        let made = match made {
            Ok(mut patch) => {
                let size = patch.size();
                if self.first_child(rank) == NONE && size > STREAMED as u64 {
                    let object = Object {
                        place: self.pack.place(rank),
                        kind,
                        content: Content::Stream(&mut patch),
                        base: None,
                    };
                    return visit.object(object).map_continue(drop);
                }
                Held::of(&mut patch, size, walker.limit)
            }
            Err(damage) => Err(damage),
        };
        self.large(rank, depth, made, walker, visit)
    }

    /// Hands out a blob that was made from large ones, or is large, and keeps it if others build
    /// on it.
    pub(super) fn large(
        &self,
        rank: u32,
        depth: u32,
        made: Result<Held, Damage>,
        walker: &mut Walker,
        visit: &mut dyn Visit,
    ) -> ControlFlow<()> {
        let place = self.pack.place(rank);
        let seen = made.and_then(|held| {
            let flow = held.lend(|content| {
                visit.object(Object {
                    place,
                    kind: Kind::Blob,
                    content,
                    base: None,
                })
            })?;
            Ok((held, flow))
        });
        let (bytes, insight) = match seen {
            Ok((held, flow)) => (held, flow?),
            Err(damage) => {
                self.lost(rank, damage, visit);
                return ControlFlow::Continue(());
            }
        };
        let child = self.first_child(rank);
        if child == NONE {
            return ControlFlow::Continue(());
        }
        if walker.frames.last().is_some_and(|top| top.child == NONE) {
            walker.pop();
        }
        walker.push(Frame {
            rank,
            bytes,
            dropped: false,
            child,
            depth,
            insight,
        });
        ControlFlow::Continue(())
    }
}
