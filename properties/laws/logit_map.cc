#include "properties/laws/logit_map.h"

namespace xent::properties {

Enclosure map_factor(const Problem& p) {
  Enclosure factor(1L);
  if (!p.scale.is_zero()) factor = factor * Enclosure(p.scale);
  if (!p.temperature.is_zero()) factor = factor / Enclosure(p.temperature);
  return factor;
}

Enclosure mapped(const Problem& p, const Number& x) {
  if (p.softcap.is_zero()) return map_factor(p) * Enclosure(x);
  const Enclosure cap(p.softcap);
  return x.is_finite() ? cap * tanh(map_factor(p) * Enclosure(x) / cap) : -cap;
}

Enclosure map_slope(const Problem& p, const Number& x) {
  if (p.softcap.is_zero()) return map_factor(p);
  if (!x.is_finite()) return Enclosure(0L);
  return map_factor(p) * (Enclosure(1L) - square(mapped(p, x) / Enclosure(p.softcap)));
}

}  // namespace xent::properties
