// The buffers of a call in an arena.
#ifndef XENT_PROPERTIES_PLACEMENT_H
#define XENT_PROPERTIES_PLACEMENT_H

#include <cstddef>
#include <span>

#include "properties/arena.h"
#include "properties/call.h"

namespace xent::properties {

// A slot for each buffer, inputs first.
std::span<const Arena::SlotKind> slots_of_calls();

// Whether there is address space for an arena of them with such a capacity.
bool can_map_arena(std::size_t capacity);

// Bytes that a slot has to have.
std::size_t room_for(Call& call);

// The question and where its answer goes, in the memory of an arena.
struct Placed {
  xent_problem problem;
  xent_result result;
};
// Copies the buffers there; see Arena::put. Domain: room_for(call) is at most the capacity.
Placed put(Call& call, bool at_end, Arena& arena);
// Copies the outputs back.
void take(const Arena& arena, Call& call);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_PLACEMENT_H
