#include "reference/softmax.h"

#include <algorithm>

#include "reference/fixed_softmax.h"
#include "reference/logits.h"
#include "reference/quotient.h"

namespace xent::reference {
namespace {

// Entries of more powers are numbers, for there may be as many entries.
constexpr std::size_t kMaxPowersOfAnEntry = 256;

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

// sum e^x over the classes that are not masked.
ExpSum partition(const SoftmaxRow& row) {
  ExpSum sum;
  for (std::size_t c = 0; c < row.logits().size(); ++c) {
    if (const Number x = row.logits()[c]; x.is_finite()) sum.add_power(1, x.rational());
  }
  return sum;
}

// a p - b of one class. Where p is nearly 1, p - 1 and a - b keep their relative accuracy.
class EntryOfPowers : public RealNumber {
 public:
  EntryOfPowers(SoftmaxRow row, std::shared_ptr<const SharedExpSum> a, Mass b)
      : row_(std::move(row)), a_(std::move(a)), b_(std::move(b)) {
    if (row_.offset() != 0 || row_.ties() > 1) return;
    others_ = a_->sum();
    others_->add(-1, b_);
  }

  Enclosure enclose() const override {
    const Enclosure logarithm = -(Enclosure(row_.offset()) + row_.enclose_log_sum());
    if (others_) return others_->enclose() + a_->enclose() * expm1(logarithm);
    return a_->enclose() * exp(logarithm) - b_.enclose();
  }

  // Where it is rational, it is not made.
  bool is_not_zero() const override { return true; }

 private:
  SoftmaxRow row_;
  std::shared_ptr<const SharedExpSum> a_;
  Mass b_;
  std::optional<ExpSum> others_;  // a - b, for the only largest logit
};

// p lse of one class.
class ShareOfLse : public RealNumber {
 public:
  explicit ShareOfLse(SoftmaxRow row) : row_(std::move(row)) {}

  Enclosure enclose() const override {
    const Enclosure log_sum = row_.enclose_log_sum();
    return exp(-(Enclosure(row_.offset()) + log_sum)) * (Enclosure(row_.largest()) + log_sum);
  }

 private:
  SoftmaxRow row_;
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

SoftmaxGradient::SoftmaxGradient(const Row& row, const Factors& factors, ExpSum a, std::vector<ClassMass> b)
    : classes_(row.problem().classes),
      map_(logit_factor(row.problem())),
      base_(row.problem().base.rational()),
      factor_(std::make_shared<SharedExpSum>(std::move(a))),
      z_(2 * factors.z_loss * row.problem().z_loss.rational()),
      subtracted_(std::move(b)),
      divisor_(factors.loss_divisor),
      z_divisor_(factors.z_loss_divisor),
      softmax_(row) {
  const bool is_rational =
      !divisor_ && factor_->sum().rational() &&
      std::all_of(subtracted_.begin(), subtracted_.end(),
                  [](const ClassMass& class_mass) { return class_mass.mass.is_rational(); });
  if (!is_rational && softmax_.plain)
    share_ = std::make_shared<ExpRatio>(factor_->sum(), partition(*softmax_.plain));
}

Mass SoftmaxGradient::subtracted(std::int64_t c) const {
  const auto found = std::lower_bound(subtracted_.begin(), subtracted_.end(), c,
                                      [](const ClassMass& b, std::int64_t index) { return b.index < index; });
  return found != subtracted_.end() && found->index == c ? found->mass : Mass();
}

LogForm SoftmaxGradient::combined(LogForm of_loss, LogForm of_z) const {
  if (divisor_) of_loss = quotient(std::move(of_loss), divisor_);
  if (z_divisor_) of_z = quotient(std::move(of_z), z_divisor_);
  LogForm form;
  form.add(map_, std::move(of_loss));
  form.add(map_, std::move(of_z));
  return form;
}

LogForm SoftmaxGradient::capped_entry(std::int64_t c) const {
  const Mass b = subtracted(c);
  const std::int64_t equal = softmax_.capped->equal_logits();
  ExpSum difference = factor_->sum();
  difference.add(-equal, b);
  const bool vanishes = equal > 0 && difference.is_zero();
  LogForm of_loss;
  LogForm of_z;
  if (!vanishes) of_loss.add_number(1, softmax_.capped->loss_derivative(c, factor_->sum(), b));
  if (z_ != 0) of_z.add_number(1, softmax_.capped->squared_lse_derivative(c, z_));
  return combined(std::move(of_loss), std::move(of_z));
}

LogForm SoftmaxGradient::entry_of_powers(std::int64_t c) const {
  const Mass b = subtracted(c);
  const SoftmaxRow row = softmax_.plain->of_class(c);
  const Rational x = row.logits()[static_cast<std::size_t>(c)].rational();
  const bool is_uniform = row.has_no_tail();
  LogForm of_loss;
  if (is_uniform && factor_->sum().terms().size() <= kMaxPowersOfAnEntry) {
    for (const auto& [d, a] : factor_->sum().terms()) of_loss.add_power(a / row.ties(), d);
    b.add_to(of_loss, -1);
  } else if (const auto value = share_->rational_difference(x, b)) {
    of_loss.add(*value);
  } else {
    of_loss.add_number(1, std::make_shared<EntryOfPowers>(row, factor_, b));
  }
  LogForm of_z;
  if (is_uniform) {
    of_z.add(z_ * row.largest().rational() / row.ties());
    of_z.add_log(z_ / row.ties(), Number(static_cast<double>(row.ties())));
  } else {
    of_z.add_number(z_, std::make_shared<ShareOfLse>(row));
  }
  return combined(std::move(of_loss), std::move(of_z));
}

Quantity SoftmaxGradient::at(std::int64_t c) const {
  if (softmax_.is_undefined()) return Quantity::logarithm(LogForm::undefined(), 0);
  if (softmax_.capped) return Quantity::logarithm(capped_entry(c), base_);
  const Number& x = softmax_.plain->logits()[static_cast<std::size_t>(c)];
  LogForm form;
  if (x.is_infinite()) return Quantity::logarithm(std::move(form), base_);
  if (share_) return Quantity::logarithm(entry_of_powers(c), base_);
  const Rational m = softmax_.plain->largest().rational();
  form.add_softmax(-1, softmax_.plain->of_class(c));
  LogForm multiplier;
  multiplier.add(map_ * *factor_->sum().rational());
  if (z_ != 0) {
    multiplier.add(map_ * z_ * m);
    multiplier.add_softmax(map_ * z_, *softmax_.plain);
  }
  return Quantity::exponential(std::move(form), std::move(multiplier), -map_ * subtracted(c).rational(),
                               base_);
}

std::vector<FixedInterval> SoftmaxGradient::first_enclosures() const {
  if (!softmax_.plain || softmax_.plain->has_no_tail() || share_) return {};
  const Enclosure lse = Enclosure(softmax_.plain->largest()) + softmax_.plain->enclose_log_sum();
  Enclosure scale(map_);
  if (base_ != 0) scale = scale / log(Enclosure(base_));
  auto entries = fixed_softmax(*softmax_.plain, scale * (factor_->enclose() + Enclosure(z_) * lse));
  if (!entries.empty()) subtract_scaled(entries, softmax_.plain->logits(), subtracted_, scale);
  return entries;
}

}  // namespace xent::reference
