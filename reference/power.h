#ifndef XENT_REFERENCE_POWER_H
#define XENT_REFERENCE_POWER_H

#include <mutex>

#include "reference/enclosure_cache.h"
#include "reference/log_form.h"

namespace xent::reference {

// e^x of one x that many values are multiplied by, from any thread: the perplexity in its derivatives.
class Power {
 public:
  explicit Power(LogForm exponent) : exponent_(std::move(exponent)) {}

  const LogForm& exponent() const { return exponent_; }
  // At the current precision. Domain: the exponent is not special.
  Enclosure enclose() const;
  // What is known of the power: exactness_of_exp() of the exponent.
  Exactness exactness() const;

 private:
  LogForm exponent_;
  EnclosureCache enclosures_;
  mutable std::mutex mutex_;  // guards what follows
  mutable std::optional<Exactness> exactness_;
};

}  // namespace xent::reference

#endif  // XENT_REFERENCE_POWER_H
