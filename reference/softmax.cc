#include "reference/softmax.h"

#include "reference/distribution.h"
#include "reference/logits.h"

namespace xent::reference {
namespace {

LogForm capped_log_softmax(std::span<const Number> x, std::int64_t c, const Number& cap) {
  const CappedRow row(x, cap);
  LogForm form;
  if (const std::int64_t equal = row.equal_logits(); equal > 0) {
    form.add_log(-1, Number(static_cast<double>(equal)));
  } else {
    form.add_number(-1, row.loss({{c, 1}}));
  }
  return form;
}

}  // namespace

LogForm log_softmax(const Row& row, std::int64_t c) {
  const auto x = row.input();
  const Number& cap = row.problem().softcap;
  const LogitRow kind = classify(x);
  if (kind.is_undefined(cap)) return LogForm::undefined();
  if (!cap.is_zero()) return capped_log_softmax(x, c, cap);
  if (kind.largest < 0) return LogForm::undefined();
  LogForm form;
  if (x[static_cast<std::size_t>(c)].is_infinite()) {
    form.add_infinity(-1);
  } else {
    form.add_softmax(-1, SoftmaxRow(x, c));
  }
  return form;
}

SoftmaxGradient::SoftmaxGradient(const Row& row)
    : row_(row),
      map_(logit_factor(row.problem())),
      subtracted_(static_cast<std::size_t>(row.problem().classes)),
      largest_(-1) {
  const auto x = row.input();
  const Number& cap = row.problem().softcap;
  const LogitRow kind = classify(x);
  if (kind.is_undefined(cap)) return;
  if (!cap.is_zero()) {
    capped_.emplace(x, cap);
  } else if (kind.largest >= 0) {
    largest_ = kind.largest;
    softmax_.emplace(x, kind.largest);
  }
}

std::vector<Quantity> SoftmaxGradient::entries() const {
  if (!softmax_ && !capped_) return undefined_entries(row_.problem());
  std::vector<Quantity> all;
  for (std::int64_t c = 0; c < row_.problem().classes; ++c) all.push_back(entry(c));
  return all;
}

LogForm SoftmaxGradient::capped_entry(std::int64_t c) const {
  const Rational& b = subtracted_[static_cast<std::size_t>(c)];
  const std::int64_t equal = capped_->equal_logits();
  LogForm form;
  const bool vanishes = equal > 0 && z_ == 0 && factor_ == b * equal;
  if (!vanishes) form.add_number(map_, capped_->derivative(c, factor_, z_, b));
  return form;
}

Quantity SoftmaxGradient::entry(std::int64_t c) const {
  const Number& x = row_.input()[static_cast<std::size_t>(c)];
  const Rational base = row_.problem().base.rational();
  const Rational& b = subtracted_[static_cast<std::size_t>(c)];
  if (capped_) return Quantity::logarithm(capped_entry(c), base);
  LogForm form;
  if (x.is_infinite()) return Quantity::logarithm(std::move(form), base);
  const Rational m = row_.input()[static_cast<std::size_t>(largest_)].rational();
  form.add(x.rational() - m);
  form.add_softmax(-1, *softmax_);
  LogForm multiplier;
  multiplier.add(map_ * factor_);
  if (z_ != 0) {
    multiplier.add(map_ * z_ * m);
    multiplier.add_softmax(map_ * z_, *softmax_);
  }
  return Quantity::exponential(std::move(form), std::move(multiplier), -map_ * b, base);
}

}  // namespace xent::reference
