// Ziv's ladder: a true value that answers with proved roundings, refining its enclosure only as far as it
// must.
#ifndef XENT_REFERENCE_CERTIFIED_H
#define XENT_REFERENCE_CERTIFIED_H

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reference/enclosure.h"
#include "reference/format.h"
#include "reference/quantity.h"

namespace xent::reference {

inline constexpr int kFirstPrecision = 96;   // bits; enough to decide binary64 but for one case in about 2^40
inline constexpr int kMaxPrecision = 65536;  // bits; the cap beyond which an answer is `undecided`

// The values of a row and an enclosure of each.
struct FirstRung {
  Quantities row;
  std::vector<FixedInterval> enclosures;
};

// A quantity together with everything proved about it so far. Every question refines the enclosure until the
// answer is the same for each real number inside it, so an answer is never a guess. Source: Ziv, Fast
// evaluation of elementary mathematical functions with correctly rounded last bit (1991); that the ladder
// ends is section "Theorems" of log_form.h: a value known to be irrational lies strictly inside its
// enclosure, so even a loss r + e^-gap next to the float r is decided as soon as r itself is representable.
// Not for two threads at once.
class Certified {
 public:
  explicit Certified(Quantity quantity, int max_precision = kMaxPrecision);
  // Class c of a row, not made while its first enclosure answers. Domain: max_precision >= kFirstPrecision.
  Certified(std::shared_ptr<const FirstRung> rung, std::int64_t c, int max_precision);
  Certified(const Certified& other);
  Certified(Certified&&) noexcept;
  Certified& operator=(Certified) noexcept;
  ~Certified();

  // The float of `format` that the true value rounds to; nullopt: undecided at the precision cap.
  std::optional<Bits> round(const Format& format, Rounding direction);
  // The same as a number: decode(format, round(...)).
  std::optional<double> rounded(const Format& format, Rounding direction = Rounding::nearest_even);
  // The decimal with `digits` significant digits nearest to the true value, ties to even; shorter if that is
  // the value itself ("3"); "inf", "-inf", "nan". nullopt: undecided. Domain: digits >= 1.
  std::optional<std::string> decimal(int digits);

  // Consults the theorems now, so that an exact value is known as such whatever was asked.
  const Exactness& settle();
  // What is proved. Special kinds (infinities, NaN) are final; `unknown` may become more when a question
  // needs it.
  const Exactness& exactness() const;
  // The current enclosure. Domain: not special.
  const Enclosure& enclosure() const;
  // The same, refined until its width is at most 2^-bits of its magnitude, or the cap is reached.
  const Enclosure& enclosure(int bits);
  // The bits of the rung that the current enclosure comes from; 0 for special values.
  int precision_bits() const;

 private:
  class Ladder;
  Ladder& ladder() const;

  const FixedInterval& first() const;

  std::shared_ptr<const FirstRung> rung_;  // none: the ladder has been there from the start
  std::int64_t index_ = 0;
  int max_precision_;
  mutable std::unique_ptr<Ladder> ladder_;
};

}  // namespace xent::reference

#endif  // XENT_REFERENCE_CERTIFIED_H
