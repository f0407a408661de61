#include "properties/placement.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <system_error>

namespace xent::properties {
namespace {

constexpr std::array<Arena::SlotKind, Call::kInputs + Call::kOutputs> kSlots = {{{"input", true},
                                                                                 {"target_probs", true},
                                                                                 {"targets", true},
                                                                                 {"class_weights", true},
                                                                                 {"sample_weights", true},
                                                                                 {"upstream", true},
                                                                                 {"loss", false},
                                                                                 {"grad", false}}};

}  // namespace

std::span<const Arena::SlotKind> slots_of_calls() {
  return kSlots;
}

bool can_map_arena(std::size_t capacity) {
  try {
    const Arena arena(kSlots, capacity);
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

std::size_t room_for(Call& call) {
  std::size_t most = 0;
  const auto count = [&most](auto& part) {
    const Spread spread = part.spread();
    assert(spread.rows > 0);
    most = std::max(most, part.buffer().bytes().size() + (spread.rows - 1) * spread.gap);
  };
  for (const Call::Input& input : call.inputs()) count(*input.operand);
  for (const Call::Output& output : call.outputs()) count(*output.output);
  return most;
}

Placed put(Call& call, bool at_end, Arena& arena) {
  Placed placed = {call.problem(), call.result()};
  std::size_t slot = 0;
  const auto place = [&](auto& part, auto& data) {
    if (data == nullptr) {
      arena.clear(slot++);
    } else {
      data = arena.put(slot++, part.buffer().bytes(), part.buffer().start(), part.used_bytes(), at_end,
                       part.spread());
    }
  };
  for (const Call::Input& input : call.inputs()) place(*input.operand, (placed.problem.*input.place).data);
  for (const Call::Output& output : call.outputs()) place(*output.output, (placed.result.*output.place).data);
  return placed;
}

void take(const Arena& arena, Call& call) {
  std::size_t slot = Call::kInputs;
  const xent_result asked = call.result();
  for (const Call::Output& output : call.outputs()) {
    if ((asked.*output.place).data != nullptr) arena.take(slot, output.output->buffer().bytes());
    ++slot;
  }
}

}  // namespace xent::properties
