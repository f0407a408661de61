// Memory shared with a child process, in which every buffer lies beside pages that nobody may touch.
#ifndef XENT_PROPERTIES_ARENA_H
#define XENT_PROPERTIES_ARENA_H

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace xent::properties {

// How a buffer is put: its rows, a `pitch` of bytes apart, `gap` bytes further apart.
struct Spread {
  std::size_t rows = 1;
  std::size_t pitch = 0;
  std::size_t gap = 0;
};

// Slots between inaccessible pages, and a page for whatever else the two processes tell each other. At the
// same addresses in both, so that pointers into it mean the same.
class Arena {
 public:
  struct SlotKind {
    const char* name;
    bool is_read_only;  // for the child
  };

  // Each slot takes buffers of up to `capacity` bytes. Throws std::system_error if there is no such memory.
  Arena(std::span<const SlotKind> slots, std::size_t capacity);
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  std::size_t capacity() const { return capacity_; }
  void* common() const { return base_; }
  static std::size_t common_size();

  // Copies a buffer, whose elements are the `size` bytes from `start` on, to the slot: with its elements
  // ending just before an inaccessible page, or beginning just after one, as near as their address modulo 64,
  // which is kept, lets them; and with as much of what surrounds them as the slot has room for. Returns where
  // the elements are. Domain: at most capacity() bytes, gaps included.
  void* put(std::size_t slot, std::span<const unsigned char> bytes, std::size_t start, std::size_t size,
            bool at_end, const Spread& spread = {});
  // Copies back what was put, as it is now. Domain: the buffer of the last put.
  void take(std::size_t slot, std::span<unsigned char> bytes) const;
  // The slot holds no buffer of this call.
  void clear(std::size_t slot) { slots_[slot].elements = nullptr; }

  // In the child: from here on, what may not be touched cannot be.
  void protect() const;

  // Which buffer an address that could not be touched belongs to: "4 bytes past the end of input". Empty:
  // none.
  std::string describe(std::uintptr_t address) const;

 private:
  // What was copied in one go.
  struct Piece {
    unsigned char* at;
    std::size_t from;  // in the buffer
    std::size_t size;
  };
  struct Slot {
    SlotKind kind;
    unsigned char* begin = nullptr;
    unsigned char* elements = nullptr;  // null: no buffer
    std::size_t size = 0;
    std::vector<Piece> pieces;
  };

  unsigned char* base_ = nullptr;
  std::size_t mapped_ = 0;
  std::size_t capacity_ = 0;
  std::vector<Slot> slots_;
};

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_ARENA_H
