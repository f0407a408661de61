#include "fast/full.h"

#include <cmath>
#include <limits>
#include <string_view>

#include "fast/elements.h"
#include "fast/full_row.h"
#include "fast/information.h"
#include "fast/kernel.h"
#include "fast/reduction.h"
#include "fast/row_parts.h"

namespace xent::fast {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// What rows add to a reduced result: their losses and their squared lse, which may have denominators apart,
// and what they weigh in these.
struct Totals {
  Compensated loss;
  Compensated squared_lse;
  Compensated weight;
  int64_t valid_rows = 0;
  xent_status status = XENT_OK;

  void add(const Totals& other) {
    loss.add(other.loss.total());
    squared_lse.add(other.squared_lse.total());
    weight.add(other.weight.total());
    valid_rows += other.valid_rows;
    if (status == XENT_OK) status = other.status;
  }
};

class Full {
 public:
  explicit Full(const Request& request)
      : problem_(request.problem), result_(request.result), loss_(problem_.loss), masses_(problem_) {}

  xent_status compute() {
    // Gradients of a mean need what it divides by.
    if (problem_.reduction == XENT_MEAN) {
      const Totals totals = over_rows([this](int64_t row, int64_t target, Totals& part) {
        part.weight.add(sample_weight(row) * masses_.label_weight(row, target));
      });
      if (totals.status != XENT_OK) return totals.status;
      set_denominators(totals);
    }
    const Totals totals =
        over_rows([this](int64_t row, int64_t target, Totals& part) { answer(row, target, part); },
                  [this](int64_t row) { answer_ignored(row); });
    if (totals.status != XENT_OK) return totals.status;
    if (problem_.reduction != XENT_NONE) store(result_.loss, 0, reduced(totals));
    return XENT_OK;
  }

 private:
  // Calls answer(row, target, part) for every row that is not ignored.
  template <class Answer, class Ignore>
  Totals over_rows(const Answer& answer, const Ignore& ignore) const {
    Totals parts[kMaxParts];
    const int count = for_each_part(problem_, [&](int p, int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end && parts[p].status == XENT_OK; ++row) {
        int64_t target = kNoTarget;
        if (uses_targets(problem_)) parts[p].status = read_targets(problem_, row, 1, &target);
        if (parts[p].status != XENT_OK) break;
        if (target == kIgnored) {
          ignore(row);
        } else {
          ++parts[p].valid_rows;
          answer(row, target, parts[p]);
        }
      }
    });
    Totals all;
    for (int p = 0; p < count; ++p) all.add(parts[p]);
    return all;
  }
  template <class Answer>
  Totals over_rows(const Answer& answer) const {
    return over_rows(answer, [](int64_t) {});
  }

  double sample_weight(int64_t row) const {
    double weight = 1;
    if (problem_.sample_weights.data != nullptr) read_elements(problem_.sample_weights, row, 0, 1, &weight);
    return weight;
  }

  double units_per_nat() const { return in_base(problem_, 1.0); }

  void set_denominators(const Totals& totals) {
    const auto valid = static_cast<double>(totals.valid_rows);
    denominator_ = denominator(problem_, {totals.valid_rows, totals.weight.total()});
    if (totals.valid_rows == 0) denominator_ = kNaN;
    z_denominator_ =
        problem_.conventions.z_loss_over_valid_rows != 0 && !std::isnan(denominator_) ? valid : denominator_;
  }

  void answer(int64_t row, int64_t target, Totals& part) const {
    if (problem_.input_space == XENT_PROBABILITIES) {
      take(information_of_row(problem_, row, target), 0, row, part);
      return;
    }
    const FullRow full(problem_, masses_, row, target);
    if (loss_ == "softmax") return full.write_softmax(result_.loss);
    if (loss_ == "log_softmax") return full.write_log_softmax(result_.loss, units_per_nat());
    const double lse = problem_.z_loss == 0 ? 0 : full.log_sum_exp();
    // All masked: the loss is a matter of convention, and stays what it is.
    const double z_loss = std::isinf(lse) ? 0 : problem_.z_loss * lse * lse;
    take(loss_ == "log_sum_exp" ? full.log_sum_exp() : full.loss(), z_loss, row, part);
    if (result_.grad.data != nullptr) write_gradient(full, row, sample_weight(row));
  }

  // Stores the loss of a row, or adds it to what is reduced.
  void take(double loss, double z_loss, int64_t row, Totals& part) const {
    const double weight = sample_weight(row);
    const double weighted = weight == 0 && std::isinf(loss) ? 0 : weight * loss;
    if (problem_.reduction == XENT_NONE) {
      store(result_.loss, row, in_base(problem_, weighted) + weight * z_loss);
    } else {
      part.loss.add(weighted);
      part.squared_lse.add(weight * z_loss);
    }
  }

  void write_gradient(const FullRow& full, int64_t row, double weight) const {
    double upstream;
    read_upstream(problem_, row, 1, &upstream);
    const double factor = weight * upstream;
    const bool is_mean = problem_.reduction == XENT_MEAN;
    const double of_loss = (is_mean ? factor / denominator_ : factor) * units_per_nat();
    if (loss_ == "log_sum_exp") return full.write_log_sum_exp_gradient(result_.grad, of_loss);
    full.write_gradient(result_.grad, {of_loss, is_mean ? factor / z_denominator_ : factor});
  }

  void answer_ignored(int64_t row) const {
    if (problem_.reduction == XENT_NONE) store(result_.loss, row, 0.0);
    if (result_.grad.data == nullptr) return;
    constexpr double kZeros[kBlock] = {};
    for (int64_t first = 0; first < problem_.classes; first += kBlock)
      write_elements(result_.grad, row, first, std::min(kBlock, problem_.classes - first), kZeros);
  }

  double reduced(const Totals& totals) const {
    if (problem_.reduction == XENT_SUM)
      return in_base(problem_, totals.loss.total()) + totals.squared_lse.total();
    const double mean = totals.loss.total() / denominator_;
    if (loss_ == "perplexity") return std::exp(mean);
    return in_base(problem_, mean) + totals.squared_lse.total() / z_denominator_;
  }

  const xent_problem& problem_;
  const xent_result& result_;
  const std::string_view loss_;
  const Masses masses_;
  double denominator_ = 1;
  double z_denominator_ = 1;
};

}  // namespace

xent_status compute_full(const Request& request) {
  return Full(request).compute();
}

}  // namespace xent::fast
