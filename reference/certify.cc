#include "reference/certify.h"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <functional>
#include <future>
#include <iterator>
#include <limits>
#include <optional>

#include "reference/distribution.h"
#include "reference/quotient.h"
#include "reference/softmax_cross_entropy.h"

namespace xent::reference {
namespace {

// Calls work(part) for every part in [0, parts), each on one of the threads. Status: throws what work throws.
void for_each_part(std::int64_t parts, int threads, const std::function<void(std::int64_t)>& work) {
  std::atomic<std::int64_t> next = 0;
  const auto share = [&] {
    for (std::int64_t part = next++; part < parts; part = next++) work(part);
  };
  std::vector<std::future<void>> helpers;
  for (std::int64_t i = 1; i < std::min<std::int64_t>(threads, parts); ++i)
    helpers.push_back(std::async(std::launch::async, share));
  share();
  for (std::future<void>& helper : helpers) helper.get();
}

// What the class weights make of a row's label: sum w y. Nothing if a weight or a label is NaN.
std::optional<ExpSum> label_weight(const Problem& p, std::int64_t row) {
  if (!p.targets.empty() || p.target_probs.empty()) {
    const Number weight = p.targets.empty() ? Number(1.0) : class_weight(p, p.target(row));
    return weight.is_nan() ? std::nullopt : std::optional<ExpSum>(weight.rational());
  }
  ExpSum total;
  for (std::int64_t c = 0; c < p.classes; ++c) {
    const Number weight = class_weight(p, c);
    const Number& label = p.target_row(row)[static_cast<std::size_t>(c)];
    if (weight.is_nan() || label.is_nan()) return std::nullopt;
    total.add(1, Mass::of_label(weight.rational(), label, p.target_space));
  }
  return total;
}

// sum over the valid rows of the sample weight times that; none if it is NaN.
std::optional<ExpSum> sum_of_weights(const Problem& p) {
  ExpSum total;
  for (std::int64_t row = 0; row < p.rows; ++row) {
    if (p.is_ignored(row) || (p.is_out_of_range(row) && !p.has_loss_without_target())) continue;
    const Number sample = sample_weight(p, row);
    const auto label = label_weight(p, row);
    if (sample.is_nan() || !label) return std::nullopt;
    for (const auto& [d, c] : label->terms()) total.add_power(sample.rational() * c, d);
  }
  return total;
}

// What a mean divides by, exactly; none if that is NaN.
std::optional<ExpSum> denominator_of(const Problem& p) {
  switch (p.conventions.denominator) {
    case XENT_ALL_ROWS:
      return Rational(p.rows);
    case XENT_ELEMENTS:
      return Rational(p.rows) * p.classes;
    case XENT_GIVEN:
      return Rational(p.conventions.denominator_value);
    case XENT_VALID_WEIGHTS:
      return sum_of_weights(p);
    default:
      return Rational(p.valid_rows());
  }
}

// How the losses of rows become the result.
struct Reduction {
  bool is_empty = false;      // a mean of nothing
  bool is_undefined = false;  // the denominator is NaN
  Factors factors{1, 1};      // the power is for derivatives
};

Reduction reduction_of(const Problem& p) {
  Reduction result;
  if (p.reduction != XENT_MEAN) return result;
  const auto denominator = denominator_of(p);
  result.is_undefined = !denominator;
  if (!denominator) return result;
  result.is_empty = denominator->is_zero() || p.valid_rows() == 0;
  if (result.is_empty) return result;
  Factors& factors = result.factors;
  if (const auto rational = denominator->rational()) {
    factors.loss = factors.z_loss = 1 / *rational;
  } else {
    factors.loss_divisor = factors.z_loss_divisor = std::make_shared<SharedExpSum>(*denominator);
  }
  if (p.conventions.z_loss_over_valid_rows != 0) {
    factors.z_loss = 1 / Rational(p.valid_rows());
    factors.z_loss_divisor = nullptr;
  }
  return result;
}

LogForm mean_of_nothing(const Problem& p) {
  return p.conventions.all_ignored == XENT_POLICY_ZERO ? LogForm() : LogForm::undefined();
}

// The value of a row that has one by convention alone, whatever its numbers: its derivatives are the same.
std::optional<LogForm> conventional(const Problem& p, std::int64_t index) {
  if (p.is_ignored(index)) return LogForm();
  if (!p.is_out_of_range(index) || p.has_loss_without_target()) return std::nullopt;
  return p.conventions.target_out_of_range == XENT_POLICY_ZERO ? LogForm() : LogForm::undefined();
}

// What rows add to the result, times the factors and the sample weights, before it is divided by what is not
// rational. The z-loss is apart only where that is not the same for it.
struct Parts {
  LogForm loss;
  LogForm z_loss;
};

bool has_z_loss_apart(const Factors& factors) {
  return factors.loss_divisor != factors.z_loss_divisor;
}

Parts weighted(const Problem& p, std::int64_t index, const Factors& factors) {
  if (auto value = conventional(p, index)) return {*std::move(value), {}};
  const Row row(p, index);
  const Number sample = sample_weight(p, index);
  LogForm loss = find_loss(p.loss)->row(row);
  if (sample.is_nan()) return {LogForm::undefined(), {}};
  const Rational weight = sample.rational();
  Parts parts{times(weight * factors.loss, std::move(loss), p), {}};
  if (parts.loss.is_special()) return parts;
  add_z_loss(has_z_loss_apart(factors) ? parts.z_loss : parts.loss, weight * factors.z_loss, row);
  return parts;
}

// The threads climb the first rung of their rows, which is most of the work.
LogForm reduced(const Problem& p, int threads) {
  const Reduction reduction = reduction_of(p);
  if (reduction.is_undefined) return LogForm::undefined();
  if (reduction.is_empty) return mean_of_nothing(p);
  std::vector<Parts> rows(static_cast<std::size_t>(p.rows));
  for_each_part(p.rows, threads, [&](std::int64_t index) {
    Parts& row = rows[static_cast<std::size_t>(index)];
    row = weighted(p, index, reduction.factors);
    const PrecisionScope scope(kFirstPrecision);
    if (threads > 1 && !row.loss.is_special()) row.loss.enclose(0);
  });
  Parts total;
  for (Parts& row : rows) {
    total.loss.add(1, std::move(row.loss));
    total.z_loss.add(1, std::move(row.z_loss));
  }
  const auto& divisor = reduction.factors.loss_divisor;
  LogForm result = divisor ? quotient(std::move(total.loss), divisor) : std::move(total.loss);
  if (has_z_loss_apart(reduction.factors)) result.add(1, std::move(total.z_loss));
  return result;
}

Quantity quantity(const Problem& p, LogForm form) {
  if (find_loss(p.loss)->exponentiate) return Quantity::exponential(std::move(form));
  return Quantity::logarithm(std::move(form), p.base.rational());
}

Number upstream(const Problem& p, std::int64_t row) {
  if (p.upstream.empty()) return Number(1.0);
  return p.upstream[static_cast<std::size_t>(p.reduction == XENT_NONE ? row : 0)];
}

Quantities repeated(const Problem& p, const LogForm& form) {
  return listed(std::vector(static_cast<std::size_t>(p.classes), Quantity::logarithm(form, 0)));
}

// The derivatives for one row.
Quantities derivatives(const Problem& p, std::int64_t index, const Reduction& reduction) {
  const Loss& loss = *find_loss(p.loss);
  if (const auto value = conventional(p, index)) return repeated(p, *value);
  if (reduction.is_undefined) return repeated(p, LogForm::undefined());
  if (reduction.is_empty) return repeated(p, mean_of_nothing(p));
  const Number sample = sample_weight(p, index);
  const Number factor = upstream(p, index);
  if (sample.is_nan() || factor.is_nan()) return repeated(p, LogForm::undefined());
  Factors factors = reduction.factors;
  factors.is_of_whole = factors.is_of_whole && sample.rational() * factors.loss == 1;
  const Rational weight = sample.rational() * factor.rational();
  factors.loss *= weight;
  factors.z_loss *= weight;
  const Row row(p, index);
  return p.wanted == Wanted::gradient ? loss.gradient(row, factors) : loss.target_gradient(row, factors);
}

// What is wanted of one row, if that is a value for each class.
Quantities matrix_row(const Problem& p, std::int64_t index, const Reduction& reduction) {
  if (p.wanted != Wanted::loss) return derivatives(p, index, reduction);
  return find_loss(p.loss)->entries(Row(p, index));
}

void certify_matrix_row(const Problem& p, std::int64_t index, const Reduction& reduction, int max_precision,
                        std::vector<Certified>& values) {
  auto rung = std::make_shared<FirstRung>();
  rung->row = matrix_row(p, index, reduction);
  if (max_precision >= kFirstPrecision) {
    const PrecisionScope scope(kFirstPrecision);
    rung->enclosures = rung->row->first_enclosures();
  }
  for (std::int64_t c = 0; c < rung->row->size(); ++c) {
    if (rung->enclosures.empty()) {
      values.emplace_back(rung->row->at(c), max_precision);
    } else {
      values.emplace_back(rung, c, max_precision);
    }
  }
}

// Whether the result is the same where all of P is multiplied by one number: a mean by weights that P is part
// of, of losses that are linear in P.
bool does_not_depend_on_scale(const Problem& p) {
  const xent_conventions& c = p.conventions;
  const bool is_linear = (find_loss(p.loss)->options & XENT_BIT(XENT_OPTION_CLASS_WEIGHTS)) != 0;
  const bool has_scaled_mean = p.reduction == XENT_MEAN && c.denominator == XENT_VALID_WEIGHTS;
  const bool is_p_alone = p.label_smoothing.is_zero() && c.gradient_of_unit_mass == 0 &&
                          (p.z_loss.is_zero() || c.z_loss_over_valid_rows != 0);
  return is_linear && has_scaled_mean && is_p_alone;
}

// The problem with the largest of the logarithms of P taken from all of them, where that changes nothing:
// equal ones become rational, and no power of e is below all exponents.
std::optional<Problem> rescaled(const Problem& p) {
  if (p.target_space != XENT_LOG_PROBABILITIES || !does_not_depend_on_scale(p)) return std::nullopt;
  std::optional<Number> largest;
  for (const Number& l : p.target_probs) {
    if (l.is_finite() && (!largest || *largest < l)) largest = l;
  }
  if (!largest || largest->is_zero()) return std::nullopt;
  Problem result = p;
  for (Number& l : result.target_probs) {
    if (l.is_finite()) l = Number(Rational(l.rational() - largest->rational()));
  }
  return result;
}

std::vector<Certified> certify_as_given(const Problem& problem, int max_precision, int threads) {
  const Loss& loss = *find_loss(problem.loss);
  const bool is_matrix = problem.wanted != Wanted::loss || loss.entries != nullptr;
  std::vector<Certified> values;
  if (!is_matrix && problem.reduction != XENT_NONE) {
    values.emplace_back(quantity(problem, reduced(problem, threads)), max_precision);
    return values;
  }
  Reduction reduction = is_matrix ? reduction_of(problem) : Reduction{};
  if (problem.wanted != Wanted::loss && loss.exponentiate) {
    reduction.factors.power = std::make_shared<Power>(reduced(problem, threads));
    reduction.factors.is_of_whole = problem.valid_rows() == 1;
  }
  std::vector<std::vector<Certified>> rows(static_cast<std::size_t>(problem.rows));
  for_each_part(problem.rows, threads, [&](std::int64_t index) {
    auto& row = rows[static_cast<std::size_t>(index)];
    if (is_matrix) {
      row.reserve(static_cast<std::size_t>(problem.classes));
      certify_matrix_row(problem, index, reduction, max_precision, row);
    } else {
      row.push_back(certify_row(problem, index, max_precision));
    }
  });
  if (rows.size() == 1) return std::move(rows.front());
  for (std::vector<Certified>& row : rows) {
    std::move(row.begin(), row.end(), std::back_inserter(values));
    row = {};
  }
  return values;
}

}  // namespace

LogForm row_form(const Problem& problem, std::int64_t row) {
  return weighted(problem, row, {1, 1}).loss;
}

Certified certify_row(const Problem& problem, std::int64_t row, int max_precision) {
  return Certified(quantity(problem, row_form(problem, row)), max_precision);
}

Expected<std::vector<Certified>> certify(const Problem& problem, int max_precision, int threads) {
  if (auto error = check(problem)) return *error;
  if (const auto equivalent = rescaled(problem)) return certify_as_given(*equivalent, max_precision, threads);
  return certify_as_given(problem, max_precision, threads);
}

}  // namespace xent::reference
