#include "properties/arena.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace xent::properties {
namespace {

// As GuardedBuffer aligns.
constexpr std::size_t kAlignment = 64;
// Wide enough that a step to the next row or a vector too many does not jump over it.
constexpr std::size_t kGuardPages = 32;

std::size_t page_size() {
  static const auto size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

std::size_t guard_size() {
  return kGuardPages * page_size();
}

std::uintptr_t number_of(const void* address) {
  return reinterpret_cast<std::uintptr_t>(address);
}

}  // namespace

std::size_t Arena::common_size() {
  return page_size();
}

// A page for both, a guard, and each slot with a guard behind it.
Arena::Arena(std::span<const SlotKind> slots, std::size_t capacity)
    : capacity_((capacity + page_size() - 1) / page_size() * page_size()) {
  mapped_ = common_size() + guard_size() + slots.size() * (capacity_ + guard_size());
  void* memory =
      mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    throw std::system_error(errno, std::generic_category(),
                            fmt::format("{} bytes of shared memory for the buffers of a call", mapped_));
  }
  base_ = static_cast<unsigned char*>(memory);
  unsigned char* next = base_ + common_size() + guard_size();
  for (const SlotKind& kind : slots) {
    slots_.push_back({kind, next, nullptr, 0, {}});
    next += capacity_ + guard_size();
  }
}

Arena::~Arena() {
  munmap(base_, mapped_);
}

void* Arena::put(std::size_t index, std::span<const unsigned char> bytes, std::size_t start, std::size_t size,
                 bool at_end, const Spread& spread) {
  Slot& slot = slots_[index];
  unsigned char* const end = slot.begin + capacity_;
  const std::size_t residue = number_of(bytes.data() + start) % kAlignment;
  slot.size = size + (spread.rows - 1) * spread.gap;
  if (at_end) {
    unsigned char* const latest = end - slot.size;
    slot.elements = latest - (number_of(latest) - residue) % kAlignment;
  } else {
    slot.elements = slot.begin + residue;
  }
  slot.pieces.clear();
  for (std::size_t row = 0; row < spread.rows; ++row) {
    const bool is_last = row + 1 == spread.rows;
    const std::size_t from = start + row * spread.pitch;
    unsigned char* const at = slot.elements + row * (spread.pitch + spread.gap);
    const std::size_t before = row > 0 ? 0 : std::min(start, static_cast<std::size_t>(at - slot.begin));
    const std::size_t room = std::min(bytes.size() - from, static_cast<std::size_t>(end - at));
    slot.pieces.push_back({at - before, from - before, before + (is_last ? room : spread.pitch)});
  }
  for (const Piece& piece : slot.pieces) std::memcpy(piece.at, bytes.data() + piece.from, piece.size);
  return slot.elements;
}

void Arena::take(std::size_t index, std::span<unsigned char> bytes) const {
  for (const Piece& piece : slots_[index].pieces)
    std::memcpy(bytes.data() + piece.from, piece.at, piece.size);
}

void Arena::protect() const {
  mprotect(base_ + common_size(), guard_size(), PROT_NONE);
  for (const Slot& slot : slots_) {
    mprotect(slot.begin + capacity_, guard_size(), PROT_NONE);
    if (slot.kind.is_read_only) mprotect(slot.begin, capacity_, PROT_READ);
  }
}

std::string Arena::describe(std::uintptr_t address) const {
  const auto offset = [address](const unsigned char* from) {
    return static_cast<std::int64_t>(address - number_of(from));
  };
  for (const Slot& slot : slots_) {
    if (slot.elements == nullptr) continue;
    const std::int64_t at = offset(slot.begin);
    const auto reach = static_cast<std::int64_t>(guard_size() / 2);
    if (at < -reach || at >= static_cast<std::int64_t>(capacity_) + reach) continue;
    if (at < 0) return fmt::format("{} bytes before {}", -offset(slot.elements), slot.kind.name);
    if (at < static_cast<std::int64_t>(capacity_))
      return fmt::format("{}, which is only to be read", slot.kind.name);
    return fmt::format("{} bytes past the end of {}", offset(slot.elements + slot.size), slot.kind.name);
  }
  return "";
}

}  // namespace xent::properties
