// What soft labels put on the classes of a row.
#ifndef XENT_FAST_SOFT_MASSES_H
#define XENT_FAST_SOFT_MASSES_H

#include "fast/kernel.h"

namespace xent::fast {

// The mass of a class with label y: factor y + share.
struct MassRule {
  double factor;
  double share;

  explicit MassRule(const Terms& terms) : factor(1 - terms.mass), share(terms.share) {}

  double of(double label) const { return label * factor + share; }
  MassRule times(double scale) const {
    MassRule scaled = *this;
    scaled.factor *= scale;
    scaled.share *= scale;
    return scaled;
  }
};

// Sums over the classes of a row, or of a part of it: of mass (max - x), and of the masses.
struct MassTotals {
  double surprisal = 0;
  double mass = 0;

  void add(const MassTotals& other) {
    surprisal += other.surprisal;
    mass += other.mass;
  }
};

}  // namespace xent::fast

#endif  // XENT_FAST_SOFT_MASSES_H
