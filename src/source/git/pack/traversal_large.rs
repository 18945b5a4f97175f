//! The part of a walk that deals with blobs that are not held in memory.

use std::ops::ControlFlow;

use super::buffer::ObjectBuffer;
use super::damage::ObjectDamage;
use super::delta_stream::DeltaStream;
use super::entry::Kind;
use super::object::{ObjectContent, ObjectVisitor, STREAM_THRESHOLD, StoredObject};
use super::pack::NONE;
use super::traversal::{Frame, PackTraversal, TraversalState};

impl PackTraversal<'_> {
    /// Makes what builds on the last frame where the base, the delta or what it makes is not held in memory.
    pub(super) fn large_child(
        &self,
        rank: u32,
        kind: Kind,
        walker: &mut TraversalState,
        visitor: &mut dyn ObjectVisitor,
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
            .and_then(|(entry, stored)| DeltaStream::inflated(stored, entry.size, &top.bytes));
        let made = match made {
            Ok(mut delta_stream) => {
                let size = delta_stream.size();
                if self.first_child(rank) == NONE && size > STREAM_THRESHOLD as u64 {
                    let object = StoredObject {
                        place: self.pack.place(rank),
                        kind,
                        content: ObjectContent::Stream(&mut delta_stream),
                        base: None,
                    };
                    return visitor.object(object).map_continue(drop);
                }
                ObjectBuffer::of(&mut delta_stream, size, walker.limit)
            }
            Err(damage) => Err(damage),
        };
        self.large(rank, depth, made, walker, visitor)
    }

    /// Hands out a blob that was made from large ones, or is large, and keeps it if others build
    /// on it.
    pub(super) fn large(
        &self,
        rank: u32,
        depth: u32,
        made: Result<ObjectBuffer, ObjectDamage>,
        walker: &mut TraversalState,
        visitor: &mut dyn ObjectVisitor,
    ) -> ControlFlow<()> {
        let place = self.pack.place(rank);
        let seen = made.and_then(|buffer| {
            let flow = buffer.lend(|content| {
                visitor.object(StoredObject {
                    place,
                    kind: Kind::Blob,
                    content,
                    base: None,
                })
            })?;
            Ok((buffer, flow))
        });
        let (bytes, state) = match seen {
            Ok((buffer, flow)) => (buffer, flow?),
            Err(damage) => {
                self.lost(rank, damage, visitor);
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
            state,
        });
        ControlFlow::Continue(())
    }
}
