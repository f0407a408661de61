// The maps of logits as real functions, for laws that hold of mapped logits.
#ifndef XENT_PROPERTIES_LAWS_LOGIT_MAP_H
#define XENT_PROPERTIES_LAWS_LOGIT_MAP_H

#include "properties/laws/premises.h"

namespace xent::properties {

// z = softcap tanh(x scale / temperature / softcap), each where it is given; dz/dx. Domain: under a
// PrecisionScope; x is finite, or -inf where there is a softcap.
Enclosure mapped(const Problem& problem, const Number& x);
Enclosure map_slope(const Problem& problem, const Number& x);

// scale / temperature.
Enclosure map_factor(const Problem& problem);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_LAWS_LOGIT_MAP_H
