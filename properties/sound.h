// The pieces of a sound ordinary implementation of every loss in binary32, so that a mutant can replace one.
#ifndef XENT_PROPERTIES_SOUND_H
#define XENT_PROPERTIES_SOUND_H

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include "reference/xent.h"

namespace xent::properties {

// One row of a call: logits or probabilities q, and P or a target where there is one.
struct Row {
  const float* x = nullptr;
  const float* p = nullptr;
  std::int64_t classes = 0;
  std::int64_t target = -1;
};

// What a mean could be divided by.
struct Counts {
  double valid = 0;
  double rows = 0;
  double classes = 0;
  double weights = 0;            // sum over valid rows, as the contract has it
  double ignored_weights = 0;    // of ignored rows, were they of class 0
  double all_class_weights = 0;  // sum over the classes
  double given = 0;              // by the caller
  xent_denominator asked = XENT_VALID_ROWS;
};

// For what masses are made.
enum class Use { loss, gradient };

// How exponentials are added up.
enum class Order { sequential, reversed, pairwise, compensated, in_binary64 };
float sum_in(Order order, std::span<const float> terms);

// The pieces. A mutant derives from Sound and hides some of them; the engine calls every piece through a
// table.
struct Sound {
  // Logits and what is made of them before the loss.
  static float scaled(float x, float scale) { return x * scale; }
  static float tempered(float x, float temperature) { return x / temperature; }
  static float capped(float x, float cap) { return cap * std::tanh(x / cap); }
  static std::int64_t classes_read(std::int64_t classes) { return classes; }
  static std::int64_t target_used(std::int64_t target, std::int64_t) { return target; }
  static float maximum(const Row& row) {
    float m = -std::numeric_limits<float>::infinity();
    for (std::int64_t i = 0; i < row.classes; ++i)
      m = std::isnan(row.x[i]) ? row.x[i] : std::max(m, row.x[i]);
    return m;
  }
  static float exponential(float d) { return std::exp(d); }
  // What e^d contributes to the sum, and how it is added.
  static float add(float sum, float term) { return sum + term; }
  static Order order() { return Order::sequential; }
  static float padding(std::int64_t, float) { return 0; }
  static float log_one_plus(float r) { return std::log1p(r); }
  static float combine(float m, float s, float xt) { return (m - xt) + std::log(s); }
  static bool uses_log1p() { return true; }
  // One pass with a running maximum, of so many classes at a time.
  static bool is_online() { return false; }
  static std::int64_t block() { return 1; }
  static float rescaled(float sum, float from, float to) { return sum * std::exp(from - to); }
  static float z_lambda(float lambda) { return lambda; }
  static float z_term(float lambda, float lse) { return lambda * lse * lse; }

  // Labels.
  static float label(const Row& row, std::int64_t c) { return row.p[c]; }
  static float class_weight(float w, Use) { return w; }
  static std::int64_t weighted_class(const Row& row) { return row.target; }
  static float smoothing(float alpha, Use) { return alpha; }
  static float label_share(float alpha) { return 1 - alpha; }
  static float share(float alpha, std::int64_t classes, bool others, Use) {
    return alpha / static_cast<float>(others ? classes - 1 : classes);
  }
  static float share_on_target(float share) { return share; }
  static float share_weight(float w) { return w; }
  // mass times -ln p, where the mass is 0 and p too.
  static float nothing_times_infinity() { return 0; }

  // Probabilities.
  static float entropy_term(float p) { return p == 0 ? 0 : -p * std::log(p); }
  static float cross_term(float p, float q) { return p == 0 ? 0 : -p * std::log(q); }
  static float kl_term(float p, float q) { return p == 0 ? 0 : p * (std::log(p) - std::log(q)); }
  static float surprisal(float q) { return -std::log(q); }

  // Rows.
  static std::int64_t row_offset(std::int64_t row, std::int64_t stride) { return row * stride; }
  static std::int64_t stride(const xent_tensor& input, std::int64_t) { return input.row_stride; }
  static std::int64_t row_used(std::int64_t row, std::int64_t) { return row; }
  static std::int64_t rows_done(std::int64_t rows, std::int32_t) { return rows; }
  static bool is_ignored(const xent_problem& p, std::int64_t target) {
    return p.has_ignore_index != 0 && target == p.ignore_index;
  }
  static bool writes_ignored() { return true; }
  static float ignored_loss(float) { return 0; }
  static float sample_weight(float w) { return w; }
  static float in_base(float nats, double base) {
    return base == 0 ? nats : nats / std::log(static_cast<float>(base));
  }
  static double divisor(const Counts& counts) {
    switch (counts.asked) {
      case XENT_ALL_ROWS:
        return counts.rows;
      case XENT_VALID_WEIGHTS:
        return counts.weights;
      case XENT_GIVEN:
        return counts.given;
      case XENT_ELEMENTS:
        return counts.rows * counts.classes;
      default:
        return counts.valid;
    }
  }
  static float mean_of_nothing() { return std::numeric_limits<float>::quiet_NaN(); }
  static float exponentiate(float mean) { return std::exp(mean); }
  static float mean_of(const std::vector<float>& losses, double divisor) {
    float sum = 0;
    for (const float loss : losses) sum += loss;
    return sum / static_cast<float>(divisor);
  }
  static xent_status bad_target(float&) { return XENT_TARGET_OUT_OF_RANGE; }
  static void after(const xent_problem&, xent_result&) {}

  // Gradients.
  static float probability(float e, float s, float, float) { return e / s; }
  static bool gradient_is_complement() { return true; }  // 1 - p_t as the sum over the others
  static bool complement_is_usual() { return false; }    // also with smoothing, and where t does not lead
  static float mass_times_p(float total, float p) { return total * p; }
  static float subtracted(const std::vector<float>& a, std::int64_t c, const Row&) {
    return a[static_cast<std::size_t>(c)];
  }
  static float z_slope(float lambda, float lse, float p) { return 2 * lambda * lse * p; }
  static float map_slope(float scale, float temperature) { return scale / temperature; }
  static float cap_slope(float y, float cap) { return 1 - (y / cap) * (y / cap); }
  static float masked_entry(float) { return 0; }
  static float finished(float g) { return g; }
  static float power_slope(float perplexity) { return perplexity; }
  static float upstream(const xent_problem& p, std::int64_t row) {
    const float* factors = static_cast<const float*>(p.upstream.data);
    return factors == nullptr ? 1 : factors[p.reduction == XENT_NONE ? row * p.upstream.row_stride : 0];
  }
  static double gradient_divisor(double divisor, const xent_problem&) { return divisor; }
  static bool ignored_has_gradient() { return false; }
  static std::int64_t grad_stride(const xent_output& grad, std::int64_t) { return grad.row_stride; }
};

// Formatting is off because it would indent each line of such a list more than the last.
// clang-format off
#define XENT_PIECES(X) \
  X(scaled) X(tempered) X(capped) X(classes_read) X(target_used) X(maximum) X(exponential) X(add) X(order) X(padding) \
  X(log_one_plus) X(combine) X(uses_log1p) X(is_online) X(block) X(rescaled) X(z_lambda) X(z_term) X(label) \
  X(class_weight) X(weighted_class) X(smoothing) X(label_share) X(share) X(share_on_target) X(share_weight) \
  X(nothing_times_infinity) X(entropy_term) X(cross_term) X(kl_term) X(surprisal) X(row_offset) X(stride) X(row_used) \
  X(rows_done) X(is_ignored) X(writes_ignored) X(ignored_loss) X(sample_weight) X(in_base) X(divisor) \
  X(mean_of_nothing) X(exponentiate) X(mean_of) X(bad_target) X(after) X(probability) \
  X(gradient_is_complement) X(complement_is_usual) X(mass_times_p) X(subtracted) X(z_slope) X(map_slope) X(cap_slope) \
  X(masked_entry) X(finished) X(power_slope) X(upstream) X(gradient_divisor) X(ignored_has_gradient) X(grad_stride)
// clang-format on

// The table of pieces that the engine computes with.
struct Pieces {
// NOLINTNEXTLINE(bugprone-macro-parentheses): the name of a member.
#define XENT_PIECE(name) decltype(&Sound::name) name;
  XENT_PIECES(XENT_PIECE)
#undef XENT_PIECE
};

template <typename M>
constexpr Pieces pieces_of() {
#define XENT_PIECE(name) &M::name,
  return {XENT_PIECES(XENT_PIECE)};
#undef XENT_PIECE
}

// The formulas of the contract, every step through the pieces: inputs in binary32, policies as by default.
xent_status run(const Pieces& pieces, const xent_problem* problem, xent_result* result);

template <typename M>
xent_status compute_with(const xent_problem* problem, xent_result* result) {
  static constexpr Pieces kPieces = pieces_of<M>();
  return run(kPieces, problem, result);
}

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_SOUND_H
