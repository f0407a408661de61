#include "reference/distribution.h"

namespace xent::reference {

void add_log_of(LogForm& form, const Rational& c, const Number& entry, xent_space space) {
  if (entry.is_nan()) return form.set_nan();
  if (c == 0) return;
  if (space == XENT_PROBABILITIES) return form.add_log(c, entry);
  if (entry.is_infinite()) return form.add_infinity(c.sign() * entry.sign());
  form.add(c * entry.rational());
}

}  // namespace xent::reference
