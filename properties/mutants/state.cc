// Code that writes where it may not, or whose answers depend on more than the question.
#include <algorithm>
#include <cmath>

#include "properties/mutant_tables.h"

namespace xent::properties {
namespace {

float* losses_of(const xent_result& result) {
  return static_cast<float*>(result.loss.data);
}
template <typename T>
T* writable(const xent_tensor& tensor) {
  return const_cast<T*>(static_cast<const T*>(tensor.data));
}

// What is written besides.
struct TargetsOverwritten : Sound {
  static void after(const xent_problem& p, xent_result&) {
    if (p.targets.data == nullptr || p.rows == 0) return;
    if (p.targets.format == XENT_INT32) writable<std::int32_t>(p.targets)[0] = 0;
    if (p.targets.format == XENT_INT64) writable<std::int64_t>(p.targets)[0] = 0;
  }
};
struct WeightsOverwritten : Sound {
  static void after(const xent_problem& p, xent_result&) {
    if (p.class_weights.data != nullptr) writable<float>(p.class_weights)[0] = 1;
  }
};
struct LabelsOverwritten : Sound {
  static void after(const xent_problem& p, xent_result&) {
    if (p.target_probs.data != nullptr && p.rows > 0) writable<float>(p.target_probs)[0] = 0;
  }
};
struct WritesBetweenRows : Sound {
  static void after(const xent_problem& p, xent_result& result) {
    if (p.reduction == XENT_NONE && p.rows > 1 && result.loss.row_stride > 1) losses_of(result)[1] = 0;
  }
};
struct GradientBetweenRows : Sound {
  static void after(const xent_problem& p, xent_result& result) {
    if (result.grad.data == nullptr || p.rows < 2 || result.grad.row_stride <= p.classes) return;
    static_cast<float*>(result.grad.data)[p.classes] = 0;
  }
};
struct LossUnwritten : Sound {
  // What an early return leaves: one that was written a moment ago is put back.
  static void after(const xent_problem& p, xent_result& result) {
    if (p.classes == 3) losses_of(result)[0] = std::nextafter(-7.0F, 0.0F);
  }
};

// What answers depend on.
struct EverySixtyFourth : Sound {
  static void after(const xent_problem&, xent_result& result) {
    static thread_local int calls = 0;
    if (++calls % 64 == 0) losses_of(result)[0] *= 1.001F;
  }
};
struct ThreadsChangeBits : Sound {
  static void after(const xent_problem& p, xent_result& result) {
    if (p.threads > 1) losses_of(result)[0] = std::nextafter(losses_of(result)[0], HUGE_VALF);
  }
};
struct BatchChangesBits : Sound {
  static void after(const xent_problem& p, xent_result& result) {
    if (p.reduction != XENT_NONE) return;
    for (std::int64_t r = p.rows / 8 * 8; r < p.rows; ++r) {
      float* const at = losses_of(result) + r * result.loss.row_stride;
      if (*at > 0) *at = std::nextafter(*at, HUGE_VALF);
    }
  }
};
struct AlignmentChangesBits : Sound {
  static void after(const xent_problem& p, xent_result& result) {
    if (reinterpret_cast<std::uintptr_t>(p.input.data) % 16 != 0) losses_of(result)[0] *= 1.0001F;
  }
};
struct KeepsClassWeights : Sound {
  static float class_weight(float w, Use) {
    static thread_local float last = 1;
    if (w == 1) return last;
    return last = w;
  }
};
struct KeepsLargestMaximum : Sound {
  static float maximum(const Row& row) {
    static thread_local float largest = -64;
    const float m = Sound::maximum(row);
    if (std::isfinite(m)) largest = std::clamp(m, largest, 64.0F);
    return std::isfinite(m) ? std::max(m, largest) : m;
  }
  static bool uses_log1p() { return false; }
};

const std::vector<Mutant> kStateMutants = {
    made<TargetsOverwritten>("targets_overwritten", "the first target is set to 0", "labels made in place"),
    made<WeightsOverwritten>("weights_overwritten", "the first class weight is set to 1",
                             "weights normalised in place"),
    made<LabelsOverwritten>("labels_overwritten", "the first soft label is set to 0",
                            "labels smoothed in place"),
    made<WritesBetweenRows>("writes_between_rows", "writes between losses that lie apart", "a wide store"),
    made<GradientBetweenRows>("gradient_between_rows", "writes between rows of the gradient", "a wide store"),
    made<LossUnwritten>("loss_unwritten", "rows of 3 classes leave what was there", "pytorch#20406"),
    made<EverySixtyFourth>("every_sixty_fourth", "each 64th call is off by a thousandth", "races, in small"),
    made<ThreadsChangeBits>("threads_change_bits", "two threads give another last bit under a promise",
                            "order of additions"),
    made<BatchChangesBits>("batch_changes_bits", "another last bit in rows behind the last block of 8",
                           "kernels chosen by batch size"),
    made<AlignmentChangesBits>("alignment_changes_bits", "off where logits are not aligned",
                               "flash-attn, unaligned labels"),
    made<KeepsClassWeights>("keeps_class_weights", "no class weights: those of the call before",
                            "state that is not reset"),
    made<KeepsLargestMaximum>("keeps_largest_maximum", "a maximum that never falls",
                              "state that is not reset"),
};

}  // namespace

const std::vector<Mutant>& state_mutants() {
  return kStateMutants;
}

}  // namespace xent::properties
