// big_gap: x = (g, 0) with e^-g below half an ulp of g: the loser's loss rounds to g itself.
#include <algorithm>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {
namespace {

// g + ln(1 + e^-g) lies within half an ulp of g for every float g of the output format from here on: e^-18 <
// 2^-20 = half an ulp of binary32 on [16, 32), e^-38 < 2^-48 on [32, 64) of binary64; for the narrow formats
// far less is enough. Whatever else it is computed in: where that is wider, the sum lies as near to g before
// it is stored; where it is narrower, half an ulp is more.
double least_gap(const Format& out) {
  return out.precision > 24 ? 38 : 18;
}

// A gap that both formats hold, but for one in the last binade of the shorter range.
double any_gap(Random& random, const Format& in, const Format& out) {
  const Format& coarser = in.precision < out.precision ? in : out;
  const Format& shorter = in.emax < out.emax ? in : out;
  const double least = least_gap(out);
  const double any = random.chance(0.5) ? least + random.unit() * 200 : std::abs(any_finite(random, shorter));
  const double g = rounded_to(coarser, std::min(any, shorter.largest()));
  // A power of two is a float of either.
  return g < least ? std::exp2(std::ceil(std::log2(least))) : g;
}

}  // namespace

Trial generate_big_gap(Random& random, const xent_claim& claim, int, int) {
  Trial trial = trial_of(random, claim, {Regime::confident, 1, 2});
  Problem& p = trial.problem;
  const double g = any_gap(random, reference::format(p.input_format), reference::format(p.loss_format));
  p.input = {Number(g), Number(0.0)};
  p.target_probs.clear();
  p.target_format = XENT_NO_FORMAT;
  p.targets = {1};
  if (random.chance(0.5)) {
    std::swap(p.input[0], p.input[1]);
    p.targets = {0};
  }
  return trial;
}

Outcome judge_big_gap(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  if (!is_plain_row(p) || p.classes != 2) return Outcome::inadmissible("not one plain row of two classes");
  const auto loser = static_cast<std::size_t>(p.targets[0]);
  const Format& format = reference::format(p.loss_format);
  const double g = p.input[1 - loser].as_double();
  if (!p.input[loser].is_zero() || g < least_gap(format) || !is_representable(Number(g), format)) {
    return Outcome::inadmissible("not (g, 0) with a g of the output format that is large enough");
  }
  const Answered answered = ask(subject, p);
  if (answered.failure) return *answered.failure;
  // Where it is computed in a narrower format, the difference may be rounded.
  const bool is_held = is_representable(Number(g), measured_in(subject, p));
  // A claim of K ulp allows K ulp, and -ln p_t whatever p_t allows, which may underflow; every other grade
  // starts from m - x_t, which is exact here.
  const Grade grade = parse_grade(subject.claim(p)->grade)->grade;
  const bool is_exact =
      is_held && grade != Grade::ulp && grade != Grade::faithful && grade != Grade::probability;
  const double allowance = is_exact ? 0 : bounds_of(subject, p)[0];
  if (std::abs(answered.loss[0] - g) <= allowance) return Outcome::pass();
  return Outcome::fail("the loser of (" + shown(g) + ", 0) has loss " + shown(answered.loss[0]));
}

}  // namespace xent::properties::laws
