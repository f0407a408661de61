// Asks memory early for the logits that follow. Compiled once for every SIMD target.
#if defined(XENT_FAST_PREFETCH_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef XENT_FAST_PREFETCH_INL_H
#undef XENT_FAST_PREFETCH_INL_H
#else
#define XENT_FAST_PREFETCH_INL_H
#endif

#include <cstdint>

#include "fast/kernel.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xent::fast {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// What lies so many elements ahead of the logits that are worked on is brought near; 0: nothing is. A page
// further on, only the address is looked up: until it is, all that waits for it would hold up the rest.
struct Prefetch {
  static constexpr int64_t kLine = 64;
  static constexpr int64_t kPage = 4096;
  static constexpr int kNear = 3;  // __builtin_prefetch's: to the first cache, which has room for it

  int64_t ahead;

  // For kVectors vectors of logits at x.
  template <int kVectors, class T>
  HWY_INLINE void beyond(const T* x) const {
    constexpr auto kSize = static_cast<int64_t>(sizeof(T));
    if (ahead == 0) return;
    const int64_t end = kVectors * static_cast<int64_t>(hn::Lanes(hn::ScalableTag<float>()));
    for (int64_t i = 0; i < end; i += kLine / kSize) __builtin_prefetch(x + ahead + i, 0, kNear);
    __builtin_prefetch(x + ahead + kPage / kSize, 0, kNear);
  }
};

// How far ahead of the work memory is asked for what follows. The hardware stops at the end of each page,
// which is 1024 floats of work away, and memory under load answers later than that work is done.
inline constexpr int64_t kPrefetchedBytes = 1 << 14;

// Zen 3 and 4 do this better alone: there, bringing 512 x 32000 logits near takes 1.2 times as long.
HWY_INLINE bool hardware_suffices() {
#if HWY_ARCH_X86
  return __builtin_cpu_is("amdfam19h") != 0;
#else
  return false;
#endif
}

// What is worth bringing near while one row, or a part of one, is worked on: what follows in it. Behind its
// end there may be nothing, which does no harm.
template <class T>
HWY_INLINE Prefetch prefetch_along_row() {
  return {hardware_suffices() ? 0 : kPrefetchedBytes / static_cast<int64_t>(sizeof(T))};
}

// The same for the rows of a batch that are worked on one after the other: in short ones, the same part of a
// later one. Mostly there is another batch.
template <class T>
class PrefetchInBatch {
 public:
  HWY_INLINE PrefetchInBatch(const Logits& logits, const int64_t* targets, int64_t rows)
      : along_row_(prefetch_along_row<T>()), stride_(logits.row_stride), targets_(targets), rows_(rows) {
    // A single row may have any stride: so many rows on need be no address.
    constexpr int64_t kFarthest = int64_t{1} << 40;
    is_along_row_ = logits.classes > along_row_.ahead;
    if (stride_ > kFarthest || stride_ < -kFarthest) stride_ = 0;
    const int64_t distance = is_along_row_ ? 0 : hwy::DivCeil(along_row_.ahead, logits.classes);
    later_ = worked_on(0);
    for (int64_t i = 0; i < distance; ++i) later_ = worked_on(later_ + 1);
  }

  // While row r is worked on. Domain: that of all rows that are, one after the other.
  HWY_INLINE Prefetch of_row(int64_t r) {
    if (is_along_row_) return along_row_;
    const Prefetch prefetch = {(later_ - r) * stride_};
    later_ = worked_on(later_ + 1);
    return prefetch;
  }

 private:
  // Row r, or the first one behind it that is worked on.
  HWY_INLINE int64_t worked_on(int64_t r) const {
    while (r < rows_ && targets_[r] == kIgnored) ++r;
    return r;
  }

  Prefetch along_row_;
  bool is_along_row_;
  int64_t stride_;
  const int64_t* targets_;
  int64_t rows_;
  int64_t later_;
};

}  // namespace HWY_NAMESPACE
}  // namespace xent::fast
HWY_AFTER_NAMESPACE();

#endif  // XENT_FAST_PREFETCH_INL_H
