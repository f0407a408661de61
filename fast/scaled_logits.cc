#include "fast/scaled_logits.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fast/scaled_logits.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h, which includes this file once for every target.
#include <cmath>
#include <limits>

#include "fast/conversions-inl.h"
#include "fast/element.h"
#include "fast/row-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xent::fast {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// scale (x - max), but -inf for what is masked alone.
HWY_INLINE DoubleVec scaled(DoubleVec x, double max, double scale) {
  const Doubles d;
  const DoubleVec least = hn::Set(d, -static_cast<double>(std::numeric_limits<float>::max()));
  const DoubleVec product = hn::Mul(hn::Sub(x, hn::Set(d, max)), hn::Set(d, scale));
  const auto is_beyond = hn::And(hn::Lt(product, least), hn::Gt(x, hn::Neg(hn::Inf(d))));
  return hn::IfThenElse(is_beyond, least, product);
}

HWY_NOINLINE void scale_floats(const float* x, int64_t count, double max, double scale, float* out) {
  const Floats f;
  const auto lanes = static_cast<int64_t>(hn::Lanes(f));
  for (int64_t i = 0; i < count; i += lanes) {
    const bool is_whole = i + lanes <= count;
    const Sum wide = promoted(is_whole ? hn::LoadU(f, x + i) : load_few(x + i, count - i));
    const FloatVec product = demoted({scaled(wide.low, max, scale), scaled(wide.high, max, scale)});
    if (is_whole) {
      hn::StoreU(product, f, out + i);
    } else {
      hn::BlendedStore(product, hn::FirstN(f, static_cast<size_t>(count - i)), f, out + i);
    }
  }
}

void scale_row(const Logits& row, double max, double scale, float* out) {
  alignas(64) float x[kConverted];
  const int64_t step = row.format == XENT_BINARY32 ? row.classes : kConverted;
  for (int64_t i = 0; i < row.classes; i += step) {
    const int64_t count = std::min(step, row.classes - i);
    scale_floats(as_floats(row.format, row.data, i, count, x), count, max, scale, out + i);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace xent::fast
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <memory>
#include <new>

#include "fast/segments.h"

namespace xent::fast {

HWY_EXPORT(scale_row);

namespace {

// So many numbers of the thread's own, at the address of a cache line; null where there is no memory.
float* numbers(int64_t count) {
  constexpr auto kLine = std::align_val_t{64};
  struct Free {
    void operator()(float* block) const { ::operator delete(block, kLine); }
  };
  thread_local std::unique_ptr<float, Free> block;
  thread_local int64_t size = 0;
  if (count > size) {
    block.reset();
    size = 0;
    block.reset(
        static_cast<float*>(::operator new(static_cast<size_t>(count) * sizeof(float), kLine, std::nothrow)));
    if (block != nullptr) size = count;
  }
  return block.get();
}

// What the logits of a row are taken from: -inf - -inf would be NaN.
double origin_of(const Logits& row, int64_t place_of_largest) {
  const double largest = logit_of(row, place_of_largest);
  return std::isinf(largest) && largest < 0 ? 0 : largest;
}

}  // namespace

double logit_scale(const xent_problem& problem) {
  const double scale = problem.scale == 0 ? 1 : problem.scale;
  return problem.temperature == 0 ? scale : scale / problem.temperature;
}

ScaledLogits::ScaledLogits(const Logits& logits, int64_t rows, double scale)
    : classes_(logits.classes), numbers_(numbers(std::max(kScaledLogits, logits.classes))) {
  if (numbers_ == nullptr) return;
  int64_t places[Tails::kRows];
  places_of_largest(logits, rows, places);
  for (int64_t r = 0; r < rows; ++r) {
    const Logits row = from(logits, r, 0, classes_);
    const double max = origin_of(row, places[r]);
    largest_[r] = scale * max;
    HWY_DYNAMIC_DISPATCH(scale_row)(row, max, scale, numbers_ + r * classes_);
  }
}

bool ScaledLogits::are_shared(const xent_problem& problem) {
  return segments_of(problem) > 1 && problem.classes <= kMostScaledClasses / problem.rows;
}

ScaledLogits::ScaledLogits(const xent_problem& problem)
    : classes_(problem.classes), numbers_(numbers(problem.rows * problem.classes)) {
  if (numbers_ == nullptr) return;
  const double scale = logit_scale(problem);
  const Logits logits = all_logits(problem);
  int64_t places[Tails::kRows];
  double max[Tails::kRows];
  places_of_segments(problem, places);
  for (int64_t r = 0; r < problem.rows; ++r) {
    max[r] = origin_of(from(logits, r, 0, classes_), places[r]);
    largest_[r] = scale * max[r];
  }
  for_each_segment(problem, [&](int, int64_t row, int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(scale_row)
    (from(logits, row, begin, end - begin), max[row], scale, numbers_ + row * classes_ + begin);
  });
}

Request ScaledLogits::request(const Request& as_given) const {
  Request request = as_given;
  request.problem.input = {numbers_, XENT_BINARY32, classes_, 1};
  return request;
}

}  // namespace xent::fast
#endif  // HWY_ONCE
