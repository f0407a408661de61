#include "reference/softmax.h"

#include <algorithm>

#include "reference/fixed_softmax.h"
#include "reference/logits.h"

namespace xent::reference {
namespace {

// Every class of a row as the logarithm of its probability in some base, or as the probability.
class SoftmaxEntries : public QuantityRow {
 public:
  SoftmaxEntries(const Row& row, bool exponentiate)
      : logarithm_(row), base_(row.problem().base.rational()), exponentiate_(exponentiate) {}

  std::int64_t size() const override { return logarithm_.classes(); }

  Quantity at(std::int64_t c) const override {
    LogForm form = logarithm_.at(c);
    return exponentiate_ ? Quantity::exponential(std::move(form))
                         : Quantity::logarithm(std::move(form), base_);
  }

  std::vector<FixedInterval> first_enclosures() const override {
    const auto& row = logarithm_.row();
    if (!row || row->has_no_tail()) return {};
    if (exponentiate_) return fixed_softmax(*row, Enclosure(1L));
    // A masked class, -inf, has no enclosure.
    return base_ == 0 && row->is_unmasked() ? fixed_log_softmax(*row) : std::vector<FixedInterval>();
  }

 private:
  LogSoftmax logarithm_;
  Rational base_;
  bool exponentiate_;
};

}  // namespace

RowSoftmax::RowSoftmax(const Row& row) {
  const auto x = row.input();
  const Number& cap = row.problem().softcap;
  const LogitRow kind = classify(x);
  if (kind.is_undefined(cap)) return;
  if (!cap.is_zero()) {
    capped.emplace(x, cap);
  } else if (kind.largest >= 0) {
    plain.emplace(x, kind.largest);
  }
}

LogSoftmax::LogSoftmax(const Row& row) : classes_(row.problem().classes), softmax_(row) {}

LogForm LogSoftmax::at(std::int64_t c) const {
  if (softmax_.is_undefined()) return LogForm::undefined();
  LogForm form;
  if (softmax_.plain) {
    if (softmax_.plain->logits()[static_cast<std::size_t>(c)].is_infinite()) {
      form.add_infinity(-1);
    } else {
      form.add_softmax(-1, softmax_.plain->of_class(c));
    }
  } else if (const std::int64_t equal = softmax_.capped->equal_logits(); equal > 0) {
    form.add_log(-1, Number(static_cast<double>(equal)));
  } else {
    form.add_number(-1, softmax_.capped->loss({{c, 1}}));
  }
  return form;
}

Quantities softmax_entries(const Row& row) {
  return std::make_shared<SoftmaxEntries>(row, true);
}

Quantities log_softmax_entries(const Row& row) {
  return std::make_shared<SoftmaxEntries>(row, false);
}

SoftmaxGradient::SoftmaxGradient(const Row& row)
    : classes_(row.problem().classes),
      map_(logit_factor(row.problem())),
      base_(row.problem().base.rational()),
      softmax_(row) {}

Rational SoftmaxGradient::subtracted(std::int64_t c) const {
  const auto found = std::lower_bound(subtracted_.begin(), subtracted_.end(), c,
                                      [](const ClassMass& b, std::int64_t index) { return b.index < index; });
  return found != subtracted_.end() && found->index == c ? found->mass : Rational(0);
}

LogForm SoftmaxGradient::capped_entry(std::int64_t c) const {
  const Rational b = subtracted(c);
  const std::int64_t equal = softmax_.capped->equal_logits();
  LogForm form;
  const bool vanishes = equal > 0 && z_ == 0 && factor_ == b * equal;
  if (!vanishes) form.add_number(map_, softmax_.capped->derivative(c, factor_, z_, b));
  return form;
}

Quantity SoftmaxGradient::at(std::int64_t c) const {
  if (softmax_.is_undefined()) return Quantity::logarithm(LogForm::undefined(), 0);
  if (softmax_.capped) return Quantity::logarithm(capped_entry(c), base_);
  const Number& x = softmax_.plain->logits()[static_cast<std::size_t>(c)];
  const Rational b = subtracted(c);
  LogForm form;
  if (x.is_infinite()) return Quantity::logarithm(std::move(form), base_);
  const Rational m = softmax_.plain->largest().rational();
  form.add_softmax(-1, softmax_.plain->of_class(c));
  LogForm multiplier;
  multiplier.add(map_ * factor_);
  if (z_ != 0) {
    multiplier.add(map_ * z_ * m);
    multiplier.add_softmax(map_ * z_, *softmax_.plain);
  }
  return Quantity::exponential(std::move(form), std::move(multiplier), -map_ * b, base_);
}

std::vector<FixedInterval> SoftmaxGradient::first_enclosures() const {
  if (!softmax_.plain || softmax_.plain->has_no_tail()) return {};
  const Enclosure lse = Enclosure(softmax_.plain->largest()) + softmax_.plain->enclose_log_sum();
  Enclosure scale(map_);
  if (base_ != 0) scale = scale / log(Enclosure(base_));
  auto entries = fixed_softmax(*softmax_.plain, scale * (Enclosure(factor_) + Enclosure(z_) * lse));
  if (!entries.empty()) subtract_scaled(entries, softmax_.plain->logits(), subtracted_, scale);
  return entries;
}

}  // namespace xent::reference
