// Collects measured errors by loss and regime, and names the grade they support.
#ifndef XENT_PROPERTIES_ACCURACY_PROFILE_H
#define XENT_PROPERTIES_ACCURACY_PROFILE_H

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "properties/constants.h"
#include "properties/law.h"

namespace xent::properties {

// Errors below 2^kLeastBinade ulp, zero among them, count as being in the binade below it.
inline constexpr int kLeastBinade = -10;
inline constexpr int kMostBinade = 1023;
// floor(log2 ulps), from kLeastBinade - 1 to kMostBinade.
int binade(double ulps);

// The accuracy seen in one regime: both axes, how errors are spread, and the input that was worst.
struct RegimeAccuracy {
  std::int64_t outputs = 0;
  double worst_ulps = 0;
  double worst_ratio = 0;  // |error| / bound of the declared grade
  double true_value = 0;   // of the worst
  double computed = 0;
  Trial worst;
  std::map<int, std::int64_t> binades;  // outputs by the binade of their error in ulps

  // Of inputs that are equally bad, the one that came first is kept.
  void add(const RegimeAccuracy& later);
};

// What was measured of one loss, or of its gradient.
struct LossAccuracy {
  std::string loss;
  std::string claimed_grade;
  std::optional<Constants> constants;  // of the bound, if it is made of them
  std::string measured_grade;          // the strongest that no measurement contradicts
  std::map<Regime, RegimeAccuracy> regimes;
};

// What the accuracy of such a problem is kept under: "softmax_cross_entropy, gradient". Domain: its loss is
// declared.
std::string measured_name(const reference::Problem& problem, const xent_implementation& implementation);

// What one trial adds to one loss and regime.
struct TrialAccuracy {
  std::string loss;
  std::string claimed_grade;
  ClaimedGrade judged = {Grade::shifted};
  std::optional<Constants> constants;  // of the bound, if it is made of them
  Regime regime = Regime::ordinary;
  std::vector<double> worst_ratio_by_grade;  // in the order of kGradesByRatio
  RegimeAccuracy seen;

  // Of the same loss and regime.
  void add(const TrialAccuracy& later);
};

// Receives the measurements of one trial.
class TrialMeter {
 public:
  explicit TrialMeter(const xent_implementation& implementation) : implementation_(&implementation) {}

  // Valid as long as the meter is.
  Recorder recorder();
  std::vector<TrialAccuracy> take() { return std::move(measured_); }

 private:
  void record(const Trial& trial, const Measurement& measurement);
  TrialAccuracy& entry(const Trial& trial);

  const xent_implementation* implementation_;
  std::vector<TrialAccuracy> measured_;
};

class AccuracyProfile {
 public:
  // In the order of the trials.
  void add(const TrialAccuracy& trial);
  std::vector<LossAccuracy> summary() const;

 private:
  struct Loss {
    std::string claimed;
    Grade judged = Grade::shifted;
    std::optional<Constants> constants;
    std::map<Regime, RegimeAccuracy> regimes;
    double worst_ulps = 0;
    std::vector<double> worst_ratio_by_grade;
  };

  std::map<std::string, Loss> losses_;
};

// The grades a measurement carries a ratio for, in this order, strongest first.
inline constexpr Grade kGradesByRatio[] = {Grade::log1p, Grade::shifted, Grade::lse, Grade::online,
                                           Grade::probability};

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_ACCURACY_PROFILE_H
