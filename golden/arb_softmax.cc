#include "golden/arb_softmax.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace xent::arb {
namespace {

Element scaled(const Element& x, const Exact& divisor) {
  return {x.kind, x.is_finite() ? x.value / divisor : Exact()};
}

std::string key_of(const Element& x) {
  if (x.is_finite()) return x.value.text();
  return x.kind == Element::kPlusInfinity ? "inf" : "-inf";
}

// e^(-2 |x|).
Ball decay(const Exact& x, slong precision) {
  return exp_of(x.sign() > 0 ? Exact(-2) * x : Exact(2) * x, precision);
}

// 1 + e^(-2 |x|), which is 2 e^-|x| cosh x; 1 for infinite x.
Ball one_plus_decay(const Element& x, slong precision) {
  Ball result;
  if (x.is_finite()) result = decay(x.value, precision);
  arb_add_ui(result.get(), result.get(), 1, precision);
  return result;
}

// cap (tanh b - tanh a), for a < b. With u = e^(-2 |a|) and v = e^(-2 |b|), tanh b - tanh a is
//   2 (u - v) / ((1 + u) (1 + v))   for 0 <= a < b, where u - v = u (1 - e^(-2 (b - a))),
//   the same of -b and -a           for a < b <= 0,
//   tanh b + tanh |a|               otherwise, where tanh |a| = (1 - u) / (1 + u).
class Rise : public Factor {
 public:
  Rise(Exact cap, Element a, Element b) : cap_(std::move(cap)), a_(std::move(a)), b_(std::move(b)) {
    if (is_negative(b_) || (b_.is_finite() && b_.value.sign() == 0)) {
      std::swap(a_, b_);
      a_ = opposite(a_);
      b_ = opposite(b_);
    }
  }

  Ball enclose(slong precision) const override {
    Ball result = is_negative(a_) ? across(precision + 8) : beside(precision + 8);
    arb_mul(result.get(), result.get(), Ball(cap_, precision + 8).get(), precision);
    return result;
  }
  int sign() const override { return 1; }
  std::string key() const override { return "rise " + cap_.text() + " " + key_of(a_) + " " + key_of(b_); }

 private:
  static bool is_negative(const Element& x) {
    return x.kind == Element::kMinusInfinity || (x.is_finite() && x.value.sign() < 0);
  }
  static Element opposite(const Element& x) {
    if (x.is_finite()) return {Element::kFinite, -x.value};
    return {x.kind == Element::kPlusInfinity ? Element::kMinusInfinity : Element::kPlusInfinity, {}};
  }

  // (1 - e^(-2 |x|)) / (1 + e^(-2 |x|)). Domain: x != 0.
  static Ball tanh_of_size(const Element& x, slong precision) {
    Ball result(Exact(1), precision);
    if (!x.is_finite()) return result;
    arb_sub(result.get(), result.get(), decay(x.value, precision + small_bits(x.value)).get(), precision);
    arb_div(result.get(), result.get(), one_plus_decay(x, precision).get(), precision);
    return result;
  }
  // The bits that 1 - e^-x loses for small x > 0.
  static slong small_bits(const Exact& x) {
    const auto bits = static_cast<slong>(fmpz_bits(fmpq_denref(x.get()))) -
                      static_cast<slong>(fmpz_bits(fmpq_numref(x.get())));
    return std::max(bits, slong{0}) + 8;
  }

  Ball across(slong precision) const {
    Ball result = tanh_of_size(a_, precision);
    arb_add(result.get(), result.get(), tanh_of_size(b_, precision).get(), precision);
    return result;
  }

  Ball beside(slong precision) const {
    Ball result = decay(a_.value, precision);
    if (b_.is_finite()) {
      const Exact distance = b_.value - a_.value;
      Ball rest = decay(distance, precision + small_bits(distance));
      arb_sub_ui(rest.get(), rest.get(), 1, precision);
      arb_neg(rest.get(), rest.get());
      arb_mul(result.get(), result.get(), rest.get(), precision);
    }
    arb_mul_ui(result.get(), result.get(), 2, precision);
    for (const Element* x : {&a_, &b_})
      arb_div(result.get(), result.get(), one_plus_decay(*x, precision).get(), precision);
    return result;
  }

  Exact cap_;
  Element a_;
  Element b_;
};

// 1 / cosh^2 x = 4 e^(-2 |x|) / (1 + e^(-2 |x|))^2.
class Slope : public Factor {
 public:
  explicit Slope(Element x) : x_(std::move(x)) {}
  Ball enclose(slong precision) const override {
    Ball result = decay(x_.value, precision);
    arb_mul_ui(result.get(), result.get(), 4, precision);
    for (int i = 0; i < 2; ++i)
      arb_div(result.get(), result.get(), one_plus_decay(x_, precision).get(), precision);
    return result;
  }
  int sign() const override { return 1; }
  std::string key() const override { return "slope " + x_.value.text(); }

 private:
  Element x_;
};

}  // namespace

// k + E, where k logits are the largest and E = sum e^-gap over the others.
class Partition {
 public:
  Partition(slong ties, std::vector<Sum> gaps) : ties_(ties), gaps_(std::move(gaps)) {}

  slong ties() const { return ties_; }
  bool has_gaps() const { return !gaps_.empty(); }
  // Whether the theorem of Lindemann and Weierstrass speaks of it.
  bool has_rational_gaps() const {
    return std::all_of(gaps_.begin(), gaps_.end(), [](const Sum& gap) { return gap.is_rational(); });
  }

  // e^-gap, for a gap > 0.
  static Ball exp_minus(const Sum& gap, slong precision) {
    if (gap.is_rational()) return exp_of(-gap.constant(), precision);
    const Ball rough = gap.enclose(64);
    const slong whole = std::max(arf_abs_bound_lt_2exp_si(arb_midref(rough.get())), slong{0});
    Ball result = gap.enclose(precision + whole + 8);
    arb_neg(result.get(), result.get());
    arb_exp(result.get(), result.get(), precision);
    return result;
  }

  // E.
  const Ball& excess(slong precision) const {
    const auto found = excess_.find(precision);
    if (found != excess_.end()) return found->second;
    Ball total;
    for (const Sum& gap : gaps_)
      arb_add(total.get(), total.get(), exp_minus(gap, precision).get(), precision);
    return excess_[precision] = total;
  }

  // k + E. Domain: rational gaps.
  Sum sum() const {
    Sum result = Exact(ties_);
    for (const Sum& gap : gaps_) result.add(Exact(1), Sum::power_of_e(-gap.constant()));
    return result;
  }

  Ball whole(slong precision) const {
    Ball result;
    arb_add_ui(result.get(), excess(precision).get(), static_cast<ulong>(ties_), precision);
    return result;
  }

  // ln(1 + E / k).
  const Ball& log(slong precision) const {
    const auto found = log_.find(precision);
    if (found != log_.end()) return found->second;
    Ball result;
    arb_div_ui(result.get(), excess(precision).get(), static_cast<ulong>(ties_), precision);
    arb_log1p(result.get(), result.get(), precision);
    return log_[precision] = result;
  }

  const std::string& key() const {
    if (!key_.empty()) return key_;
    std::vector<std::string> keys;
    keys.reserve(gaps_.size());
    for (const Sum& gap : gaps_) keys.push_back(gap.key());
    std::sort(keys.begin(), keys.end());
    key_ = std::to_string(ties_);
    for (const std::string& key : keys) key_ += " " + key;
    return key_;
  }

 private:
  slong ties_;
  std::vector<Sum> gaps_;
  mutable std::map<slong, Ball> excess_;
  mutable std::map<slong, Ball> log_;
  mutable std::string key_;
};

namespace {

using PartitionPointer = std::shared_ptr<const Partition>;

// ln(1 + E / k), there being gaps.
class LogSum : public Factor {
 public:
  explicit LogSum(PartitionPointer partition) : partition_(std::move(partition)) {}
  Ball enclose(slong precision) const override { return partition_->log(precision); }
  int sign() const override { return 1; }
  std::string key() const override { return "tail(" + partition_->key() + ")"; }
  bool is_log_sum() const override { return partition_->has_rational_gaps(); }

 private:
  PartitionPointer partition_;
};

// What the share of a largest logit lacks to 1/k: E / (k (k + E)).
class Lack : public Factor {
 public:
  explicit Lack(PartitionPointer partition) : partition_(std::move(partition)) {}
  Ball enclose(slong precision) const override {
    Ball result;
    arb_div(result.get(), partition_->excess(precision).get(), partition_->whole(precision).get(), precision);
    arb_div_ui(result.get(), result.get(), static_cast<ulong>(partition_->ties()), precision);
    return result;
  }
  int sign() const override { return 1; }
  std::string key() const override {
    return "lack " + std::to_string(reinterpret_cast<std::uintptr_t>(partition_.get()));
  }
  bool is_share() const override { return partition_->has_rational_gaps(); }

 private:
  PartitionPointer partition_;
};

// e^-gap / (k + E).
class Share : public Factor {
 public:
  Share(PartitionPointer partition, Sum gap) : partition_(std::move(partition)), gap_(std::move(gap)) {}
  Ball enclose(slong precision) const override {
    Ball result = Partition::exp_minus(gap_, precision);
    arb_div(result.get(), result.get(), partition_->whole(precision).get(), precision);
    return result;
  }
  int sign() const override { return 1; }
  std::string key() const override {
    return "share " + std::to_string(reinterpret_cast<std::uintptr_t>(partition_.get())) + " " + gap_.key();
  }
  bool is_share() const override { return partition_->has_rational_gaps(); }

 private:
  PartitionPointer partition_;
  Sum gap_;
};

}  // namespace

Softmax::Softmax(const Elements& x, const Exact& cap) : x_(x), cap_(cap) {
  for (std::size_t c = 1; c < x_.size(); ++c) {
    if (is_below(x_[top_], x_[c])) top_ = c;
  }
  slong ties = 0;
  std::vector<Sum> gaps;
  for (std::size_t c = 0; c < x_.size(); ++c) {
    if (is_masked(c)) continue;
    if (is_below(x_[c], x_[top_])) {
      gaps.push_back(gap(c));
    } else {
      ++ties;
    }
  }
  partition_ = std::make_shared<Partition>(ties, std::move(gaps));
  tail_ = logarithms(Exact(ties));
  if (partition_->has_gaps()) tail_.add(Exact(1), Sum(std::make_shared<LogSum>(partition_)));
}

bool Softmax::is_below(const Element& a, const Element& b) const {
  if (a.kind == b.kind) return a.is_finite() && a.value.compare(b.value) < 0;
  return a.kind == Element::kMinusInfinity || b.kind == Element::kPlusInfinity;
}

int Softmax::side(const Element& x) const {
  if (!x.is_finite()) return x.kind == Element::kPlusInfinity ? 1 : -1;
  if (x.value.compare(cap_) > 0) return 1;
  return x.value.compare(-cap_) < 0 ? -1 : 0;
}

FactorPointer Softmax::rise(const Element& from, const Element& to) const {
  return std::make_shared<Rise>(cap_, scaled(from, cap_), scaled(to, cap_));
}

// Far from 0 the logit is +-cap but for what tanh lacks to +-1, however little that is.
Sum Softmax::mapped(const Element& x) const {
  if (!is_capped()) return x.value;
  const int s = side(x);
  Sum result = Exact(s) * cap_;
  const Element far{s > 0 ? Element::kPlusInfinity : Element::kMinusInfinity, {}};
  if (s == 0) {
    if (x.value.sign() > 0) result.add(Exact(1), Sum(rise(Element(), x)));
    if (x.value.sign() < 0) result.add(Exact(-1), Sum(rise(x, Element())));
  } else if (x.is_finite()) {
    result.add(Exact(-s), Sum(s > 0 ? rise(x, far) : rise(far, x)));
  }
  return result;
}

Sum Softmax::difference(const Element& a, const Element& b) const {
  if (!is_capped()) return a.value - b.value;
  if (!is_below(b, a)) return {};
  if (side(a) == side(b)) return Sum(rise(b, a));
  Sum result = mapped(a);
  result.add(Exact(-1), mapped(b));
  return result;
}

Sum Softmax::lse() const {
  Sum result = mapped(x_[top_]);
  result.add(Exact(1), tail_);
  return result;
}

Sum Softmax::share(std::size_t c) const {
  if (is_masked(c)) return {};
  if (is_below(x_[c], x_[top_])) return Sum(std::make_shared<Share>(partition_, gap(c)));
  Sum result = Exact(1) / Exact(partition_->ties());
  if (partition_->has_gaps()) result.add(Exact(-1), Sum(std::make_shared<Lack>(partition_)));
  return result;
}

Division Softmax::divide(const Sum& whole) const {
  Division division{{}, whole};
  if (!whole.is_rational() && partition_->has_gaps() && partition_->has_rational_gaps())
    division = arb::divide(whole, partition_->sum());
  division.rest = shortened(division.rest);
  return division;
}

Sum Softmax::part(const Division& whole, std::size_t c) const {
  Sum result = whole.rest * share(c);
  if (!whole.quotient.is_zero() && !is_masked(c))
    result.add(Exact(1), whole.quotient * Sum::power_of_e(-gap(c).constant()));
  return result;
}

FactorPointer Softmax::slope(std::size_t c) const {
  if (!is_capped() || x_[c].value.sign() == 0) return nullptr;
  return std::make_shared<Slope>(scaled(x_[c], cap_));
}

}  // namespace xent::arb
