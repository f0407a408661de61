#include "reference/problem.h"

#include <fmt/format.h>

namespace xent::reference {
namespace {

std::optional<Error> check_shape(const Problem& p) {
  if (p.rows < 0) return refused("rows", fmt::to_string(p.rows), "0 or more");
  if (p.classes < 1)
    return refused("classes", fmt::to_string(p.classes), "1 or more (a row may not be empty)");
  if (p.rows > kMaxElements / p.classes) {
    return refused("rows x classes", fmt::format("{} x {}", p.rows, p.classes),
                   fmt::format("at most {} elements", kMaxElements));
  }
  const auto elements = static_cast<std::size_t>(p.rows * p.classes);
  if (p.input.size() != elements) {
    return refused("input", fmt::format("{} numbers", p.input.size()),
                   fmt::format("rows x classes = {} numbers", elements));
  }
  if (!p.target_probs.empty() && p.target_probs.size() != elements) {
    return refused("target_probs", fmt::format("{} numbers", p.target_probs.size()),
                   fmt::format("as many as the input has, {}", elements));
  }
  if (!p.targets.empty() && p.targets.size() != static_cast<std::size_t>(p.rows)) {
    return refused("targets", fmt::format("{} targets", p.targets.size()),
                   fmt::format("one a row, {}", p.rows));
  }
  const struct {
    const char* name;
    std::size_t found;
    std::int64_t expected;
    const char* what;
  } vectors[] = {{"class_weights", p.class_weights.size(), p.classes, "one a class"},
                 {"sample_weights", p.sample_weights.size(), p.rows, "one a row"},
                 {"upstream", p.upstream.size(), p.reduction == XENT_NONE ? p.rows : 1,
                  "one for each value of the loss"}};
  for (const auto& vector : vectors) {
    if (vector.found != 0 && vector.found != static_cast<std::size_t>(vector.expected))
      return refused(vector.name, fmt::format("{} numbers", vector.found),
                     fmt::format("{}: {}", vector.what, vector.expected));
  }
  return std::nullopt;
}

std::optional<Error> check_targets(const Problem& p) {
  const xent_policy policy = p.conventions.target_out_of_range;
  const bool is_refused = policy == XENT_POLICY_DEFAULT || policy == XENT_POLICY_STATUS;
  const bool is_plain = p.loss == "softmax_cross_entropy" && p.class_weights.empty() && p.softcap.is_zero();
  const bool lacks_loss = p.has_loss_without_target() && !is_plain;
  if (!is_refused && !lacks_loss) return std::nullopt;
  for (std::size_t row = 0; row < p.targets.size(); ++row) {
    if (!p.is_out_of_range(static_cast<std::int64_t>(row))) continue;
    return refused(p.rows == 1 ? "target" : fmt::format("target of row {}", row),
                   fmt::to_string(p.targets[row]),
                   fmt::format("0 to {} (classes - 1){}", p.classes - 1,
                               lacks_loss ? "; elsewhere only in softmax_cross_entropy without class_weights "
                                            "and softcap"
                                          : ""));
  }
  return std::nullopt;
}

std::optional<Error> check_probabilities(const char* field, const Problem& p,
                                         const std::vector<Number>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Number& value = values[i];
    if (value.is_nan() || (value.sign() >= 0 && value.is_finite())) continue;
    const auto classes = static_cast<std::size_t>(p.classes);
    return refused(fmt::format("{}[{}][{}]", field, i / classes, i % classes), value.to_string(),
                   "finite probabilities >= 0");
  }
  return std::nullopt;
}

std::optional<Error> check_base(const Number& base) {
  if (base.is_zero() || (base.is_finite() && base.sign() > 0 && !(base == Number(1.0)))) return std::nullopt;
  return refused("base", base.to_string(), "e, or a finite number > 0 other than 1");
}

}  // namespace

bool Problem::is_ignored(std::int64_t row) const {
  return ignore_index && !targets.empty() && targets[static_cast<std::size_t>(row)] == *ignore_index;
}

bool Problem::is_out_of_range(std::int64_t row) const {
  if (targets.empty() || is_ignored(row)) return false;
  const std::int64_t t = target(row);
  return t < 0 || t >= classes;
}

std::int64_t Problem::target(std::int64_t row) const {
  const std::int64_t t = targets[static_cast<std::size_t>(row)];
  const bool counts_from_end = conventions.target_out_of_range == XENT_POLICY_FROM_END;
  return counts_from_end && t < 0 && t >= -classes ? t + classes : t;
}

bool Problem::has_loss_without_target() const {
  return conventions.target_out_of_range == XENT_POLICY_LSE ||
         conventions.target_out_of_range == XENT_POLICY_LOG_SUM;
}

std::int64_t Problem::valid_rows() const {
  std::int64_t valid = 0;
  for (std::int64_t row = 0; row < rows; ++row) valid += is_ignored(row) ? 0 : 1;
  return valid;
}

std::optional<Error> validate(const Problem& p) {
  if (auto error = check_shape(p)) return error;
  if (auto error = check_targets(p)) return error;
  if (p.input_space == XENT_PROBABILITIES) {
    if (auto error = check_probabilities("input", p, p.input)) return error;
  }
  if (p.target_space == XENT_PROBABILITIES) {
    if (auto error = check_probabilities("target_probs", p, p.target_probs)) return error;
  }
  return check_base(p.base);
}

Rational sum(std::span<const Number> row) {
  Rational total = 0;
  for (const Number& value : row) total += value.rational();
  return total;
}

}  // namespace xent::reference
