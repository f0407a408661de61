#include "reference/perplexity.h"

#include "reference/distribution.h"
#include "reference/logits.h"
#include "reference/sequence.h"
#include "reference/softmax_row.h"

namespace xent::reference {
namespace {

class Products : public QuantityRow {
 public:
  Products(Quantities row, std::shared_ptr<const Power> power, bool zero_times_infinity_is_nan)
      : row_(std::move(row)), power_(std::move(power)), zero_is_nan_(zero_times_infinity_is_nan) {}
  std::int64_t size() const override { return row_->size(); }
  Quantity at(std::int64_t c) const override { return row_->at(c).times(power_, zero_is_nan_); }

 private:
  Quantities row_;
  std::shared_ptr<const Power> power_;
  bool zero_is_nan_;
};

// Those of f e^loss for a row that is the whole sequence: m f e^(x_c - x_t), and m f (1 - e^loss) at the
// target, with m the slope of scale and temperature.
class SingleStep : public QuantityRow {
 public:
  SingleStep(const Row& row, const Rational& factor)
      : softmax_(row.input(), row.target()),
        target_(row.target()),
        factor_(factor * logit_factor(row.problem())) {}
  std::int64_t size() const override { return static_cast<std::int64_t>(softmax_.logits().size()); }
  Quantity at(std::int64_t c) const override {
    LogForm exponent;
    LogForm multiplier;
    if (c == target_) {
      exponent.add_softmax(1, softmax_);
      multiplier.add(-factor_);
      return Quantity::exponential(std::move(exponent), std::move(multiplier), factor_, 0);
    }
    const Number x = softmax_.logits()[static_cast<std::size_t>(c)];
    if (x.is_infinite()) return Quantity::logarithm({}, 0);
    const Number t = softmax_.logits()[static_cast<std::size_t>(target_)];
    exponent.add(x.rational() - t.rational());
    multiplier.add(factor_);
    return Quantity::exponential(std::move(exponent), std::move(multiplier), 0, 0);
  }

 private:
  SoftmaxRow softmax_;
  std::int64_t target_;
  Rational factor_;
};

bool is_single_step(const Row& row, const Factors& factors) {
  const Problem& p = row.problem();
  if (!factors.is_of_whole || p.input_space != XENT_LOGITS || !p.softcap.is_zero()) return false;
  return !classify(row.input()).is_undefined(p.softcap) &&
         row.input()[static_cast<std::size_t>(row.target())].is_finite();
}

}  // namespace

Quantities perplexity_gradient(const Row& row, const Factors& factors) {
  if (is_single_step(row, factors)) return std::make_shared<SingleStep>(row, factors.loss);
  return std::make_shared<Products>(sequence_gradient(row, factors), factors.power,
                                    zero_times_infinity_is_nan(row.problem()));
}

}  // namespace xent::reference
