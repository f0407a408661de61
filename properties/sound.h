// A sound ordinary implementation of every loss in binary32, taken apart so that a mutant can replace one
// piece.
#ifndef XENT_PROPERTIES_SOUND_H
#define XENT_PROPERTIES_SOUND_H

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>
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

// The pieces. A mutant derives from Sound and hides one of them; Engine calls every piece through the mutant.
struct Sound {
  // Logits.
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
  static float padding(std::int64_t, float) { return 0; }
  static float log_one_plus(float r) { return std::log1p(r); }
  static float combine(float m, float s, float xt) { return (m - xt) + std::log(s); }
  static bool uses_log1p() { return true; }

  // Probabilities.
  static float entropy_term(float p) { return p == 0 ? 0 : -p * std::log(p); }
  static float cross_term(float p, float q) { return p == 0 ? 0 : -p * std::log(q); }
  static float kl_term(float p, float q) { return p == 0 ? 0 : p * (std::log(p) - std::log(q)); }
  static float surprisal(float q) { return -std::log(q); }

  // Rows.
  static std::int64_t stride(const xent_tensor& input, std::int64_t) { return input.row_stride; }
  static std::int64_t row_used(std::int64_t row, std::int64_t) { return row; }
  static std::int64_t rows_done(std::int64_t rows, std::int32_t) { return rows; }
  static float in_base(float nats, double base) {
    return base == 0 ? nats : nats / std::log(static_cast<float>(base));
  }
  static double divisor(std::int64_t valid, std::int64_t) { return static_cast<double>(valid); }
  static float exponentiate(float mean) { return std::exp(mean); }
  static float mean_of(const std::vector<float>& losses, double divisor) {
    float sum = 0;
    for (const float loss : losses) sum += loss;
    return sum / static_cast<float>(divisor);
  }
  static xent_status bad_target(float&) { return XENT_TARGET_OUT_OF_RANGE; }
  static void after(const xent_problem&, xent_result&) {}
};

// The driver: the formulas of the contract, every step through M.
template <typename M>
class Engine {
 public:
  static xent_status compute(const xent_problem* problem, xent_result* result) {
    const xent_problem& p = *problem;
    if (p.rows < 0 || p.classes < 1 || p.input.data == nullptr) return XENT_INVALID;
    if (p.input.format != XENT_BINARY32 || p.input.class_stride != 1 ||
        result->loss.format != XENT_BINARY32 || result->grad.data != nullptr) {
      return XENT_UNSUPPORTED;
    }
    const bool none = p.reduction == XENT_NONE;
    std::vector<float> losses;
    for (std::int64_t r = 0; r < M::rows_done(p.rows, p.threads); ++r) {
      Row row = row_of(p, M::row_used(r, p.rows));
      row.target = target_of(p, r);
      if (p.has_ignore_index != 0 && row.target == p.ignore_index) {
        if (none) store(*result, r, 0);
        continue;
      }
      float loss = 0;
      if (p.targets.data != nullptr && (row.target < 0 || row.target >= p.classes)) {
        if (const xent_status status = M::bad_target(loss); status != XENT_OK) return status;
      } else {
        loss = loss_of(p, row);
      }
      losses.push_back(loss);
      if (none) store(*result, r, M::in_base(loss, p.base));
    }
    if (!none) store(*result, 0, reduced(p, losses));
    M::after(p, *result);
    return XENT_OK;
  }

 private:
  static Row row_of(const xent_problem& p, std::int64_t r) {
    Row row;
    row.x = static_cast<const float*>(p.input.data) + r * M::stride(p.input, p.classes);
    if (p.target_probs.data != nullptr) {
      row.p = static_cast<const float*>(p.target_probs.data) + r * p.target_probs.row_stride;
    }
    row.classes = p.classes;
    return row;
  }

  static std::int64_t target_of(const xent_problem& p, std::int64_t r) {
    if (p.targets.data == nullptr) return -1;
    const std::int64_t at = r * p.targets.row_stride;
    return p.targets.format == XENT_INT64 ? static_cast<const std::int64_t*>(p.targets.data)[at]
                                          : static_cast<const std::int32_t*>(p.targets.data)[at];
  }

  static void store(xent_result& result, std::int64_t r, float value) {
    static_cast<float*>(result.loss.data)[r * result.loss.row_stride] = value;
  }

  static float loss_of(const xent_problem& p, const Row& row) {
    const std::string_view name = p.loss;
    if (name == "entropy") return sum(row, [&](std::int64_t i) { return M::entropy_term(row.x[i]); });
    if (name == "cross_entropy")
      return sum(row, [&](std::int64_t i) { return M::cross_term(row.p[i], row.x[i]); });
    if (name == "kl") return sum(row, [&](std::int64_t i) { return M::kl_term(row.p[i], row.x[i]); });
    if (p.input_space == XENT_PROBABILITIES) return likelihood(row);
    return softmax(row);
  }

  template <typename Term>
  static float sum(const Row& row, Term term) {
    float total = 0;
    for (std::int64_t i = 0; i < row.classes; ++i) total += term(i);
    return total;
  }

  static float likelihood(const Row& row) {
    for (std::int64_t i = 0; i < row.classes; ++i) {
      if (std::isnan(row.x[i])) return row.x[i];
    }
    return M::surprisal(row.x[M::target_used(row.target, row.classes)]);
  }

  static float softmax(Row row) {
    const std::int64_t t = M::target_used(row.target, row.classes);
    const float xt = row.x[t];
    const float m = M::maximum(row);
    if (std::isnan(m) || m == -std::numeric_limits<float>::infinity())
      return std::numeric_limits<float>::quiet_NaN();
    const bool confident = M::uses_log1p() && xt == m;
    float s = 0;
    const std::int64_t read = M::classes_read(row.classes);
    for (std::int64_t i = 0; i < read; ++i) {
      if (confident && i == t) continue;
      s = M::add(s, M::exponential(row.x[i] - m));
    }
    s += M::padding(row.classes, m);
    return confident ? M::log_one_plus(s) : M::combine(m, s, xt);
  }

  static float reduced(const xent_problem& p, const std::vector<float>& losses) {
    const auto valid = static_cast<std::int64_t>(losses.size());
    if (p.reduction == XENT_SUM) return M::in_base(M::mean_of(losses, 1), p.base);
    if (valid == 0) return std::numeric_limits<float>::quiet_NaN();
    const float mean = M::mean_of(losses, M::divisor(valid, p.rows));
    return std::string_view(p.loss) == "perplexity" ? M::exponentiate(mean) : M::in_base(mean, p.base);
  }
};

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_SOUND_H
