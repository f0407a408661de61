// A buffer between two guard bands, filled with a pattern by which what is written shows.
#ifndef XENT_PROPERTIES_GUARDED_BUFFER_H
#define XENT_PROPERTIES_GUARDED_BUFFER_H

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "reference/format.h"

namespace xent::properties {

// `size` elements of `width` bytes, each byte `poison` until written.
class GuardedBuffer {
 public:
  // As a float of any format, input poison is a NaN, so padding that is read shows in the result. Output
  // poison is one that hardly any result is; what is equal to it is asked for again, with another one.
  static constexpr unsigned char kInputPoison = 0xFF;
  static constexpr unsigned char kOutputPoison = 0xFE;
  static constexpr unsigned char kOtherOutputPoison = 0xAB;

  GuardedBuffer() = default;
  // The elements start `misalignment` elements after a 64-byte boundary.
  GuardedBuffer(std::size_t size, std::size_t width, int misalignment, unsigned char poison)
      : bytes_((size + static_cast<std::size_t>(misalignment)) * width + 2 * kGuard + kAlignment, poison),
        poison_(poison),
        width_(width),
        size_(size) {
    const auto address = reinterpret_cast<std::uintptr_t>(bytes_.data()) + kGuard;
    const std::uintptr_t aligned = (address + kAlignment - 1) / kAlignment * kAlignment;
    start_ = kGuard + (aligned - address) + static_cast<std::size_t>(misalignment) * width;
  }

  void* data() { return bytes_.data() + start_; }
  std::size_t size() const { return size_; }

  void store(std::size_t index, std::uint64_t bits) { std::memcpy(at(index), &bits, width_); }
  std::uint64_t load(std::size_t index) const {
    std::uint64_t bits = 0;
    std::memcpy(&bits, bytes_.data() + start_ + index * width_, width_);
    return bits;
  }

  // Makes the element what it was before it was written.
  void forget(std::size_t index) { std::memset(at(index), poison_, width_); }
  // True if no byte was written, or all were forgotten.
  bool is_untouched() const {
    return std::all_of(bytes_.begin(), bytes_.end(), [this](unsigned char byte) { return byte == poison_; });
  }
  // True if the element still holds the poison.
  bool is_untouched(std::size_t index) const {
    for (std::size_t byte = 0; byte < width_; ++byte) {
      if (bytes_[start_ + index * width_ + byte] != poison_) return false;
    }
    return true;
  }
  // All of it, with the bands, and where in it the elements begin.
  const std::vector<unsigned char>& bytes() const { return bytes_; }
  std::vector<unsigned char>& bytes() { return bytes_; }
  std::size_t start() const { return start_; }
  std::size_t width() const { return width_; }

 private:
  // As wide as the widest vector registers and a cache line.
  static constexpr std::size_t kGuard = 256;
  static constexpr std::size_t kAlignment = 64;

  unsigned char* at(std::size_t index) { return bytes_.data() + start_ + index * width_; }

  std::vector<unsigned char> bytes_;
  unsigned char poison_ = 0;
  std::size_t width_ = 1;
  std::size_t size_ = 0;
  std::size_t start_ = 0;
};

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_GUARDED_BUFFER_H
