// Collects measured errors by loss and regime, and names the grade they support.
#ifndef XENT_PROPERTIES_ACCURACY_PROFILE_H
#define XENT_PROPERTIES_ACCURACY_PROFILE_H

#include <map>
#include <string>
#include <vector>

#include "properties/judge.h"

namespace xent::properties {

class AccuracyProfile {
 public:
  explicit AccuracyProfile(const xent_implementation& implementation) : implementation_(&implementation) {}

  // Valid as long as the profile is.
  Recorder recorder();
  std::vector<LossAccuracy> summary() const;

 private:
  // Of a loss, or of its gradient.
  struct Loss {
    std::string claimed;
    Grade judged = Grade::shifted;
    std::map<Regime, RegimeAccuracy> regimes;
    double worst_ulps = 0;
    std::vector<double> worst_ratio_by_grade;
  };

  void record(const Trial& trial, const Measurement& measurement);

  const xent_implementation* implementation_;
  std::map<std::string, Loss> losses_;
};

// The grades a measurement carries a ratio for, in this order, strongest first.
inline constexpr Grade kGradesByRatio[] = {Grade::log1p, Grade::shifted, Grade::lse, Grade::online,
                                           Grade::probability};

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_ACCURACY_PROFILE_H
