// What a change to an implementation made worse, and what better.
//
// The inputs of a run are a function of its level and seed and of the version of xent, so an implementation
// that did not change gives the same profile to the last digit, and one that did gives other errors on the
// same inputs.
#ifndef XENT_PROPERTIES_PROFILE_COMPARISON_H
#define XENT_PROPERTIES_PROFILE_COMPARISON_H

#include <string>
#include <vector>

#include "properties/profile.h"

namespace xent::properties {

// How much may get worse without being called so: nothing.
struct Tolerance {
  double ulp_factor = 1;    // of the worst ulp error
  double bound_factor = 1;  // of the worst error / bound
  double share_points = 0;  // of the share of outputs that are off by so many ulps or more, in per cent
};

struct Change {
  enum class Kind { worse, better, other };
  Kind kind = Kind::other;
  std::string where;   // "law mask", or a loss and regime
  std::string what;    // "worst ulp 0.5 -> 3"
  std::string replay;  // the new worst input, where an error grew
};

struct Comparison {
  std::vector<Change> changes;  // in the order of the laws, then of losses and regimes
  int unchanged = 0;            // laws and regimes

  int count(Change::Kind kind) const;
};

// By law: from pass to skip, to undecided, to failure is worse; where it stays a failure or undecided, more
// inputs that fail or fewer that pass; of a law that is only measured, fewer inputs that keep it. By loss: a
// weaker claim, or one no longer made. By regime: the worst ulp error, the worst error / bound (under the
// same claim), and the share of outputs that are off by half an ulp or more, by one, by two, by four and so
// on; below half an ulp an output is the nearest float, and its error the input's. Status: an error where the
// profiles are not of the same inputs, or of runs that were interrupted.
reference::Expected<Comparison> compare(const Profile& before, const Profile& after,
                                        const Tolerance& tolerance);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_PROFILE_COMPARISON_H
