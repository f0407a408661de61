#include "golden/conventions.h"

#include "golden/json_members.h"

namespace xent::golden {

Json write_conventions(const xent_conventions& c) {
  Json object = Json::object();
  write_name(object, "denominator", kDenominators, c.denominator);
  write_number(object, "denominator_value", c.denominator_value);
  write_name(object, "smoothing_mass", kMasses, c.smoothing_mass);
  write_name(object, "smoothing_weights", kSmoothingWeights, c.smoothing_weights);
  write_name(object, "all_ignored", kPolicies, c.all_ignored);
  write_name(object, "target_out_of_range", kPolicies, c.target_out_of_range);
  write_name(object, "all_masked", kPolicies, c.all_masked);
  write_name(object, "zero_weight_times_infinity", kPolicies, c.zero_weight_times_infinity);
  write_number(object, "clip", c.clip);
  write_names(object, "clip_rules", kClipRules, c.clip_rules);
  write_names(object, "normalise", kNormalise, c.normalise);
  if (c.z_loss_over_valid_rows != 0) object["z_loss_over_valid_rows"] = true;
  if (c.gradient_of_unit_mass != 0) object["gradient_of_unit_mass"] = true;
  write_name(object, "masked_labels", kPolicies, c.masked_labels);
  return object;
}

void read_conventions(const Json* value, xent_conventions& conventions,
                      std::optional<reference::Error>& error) {
  if (value == nullptr) return;
  StrictObject object(*value, "conventions.", error);
  bool z_loss_over_valid_rows = false;
  bool gradient_of_unit_mass = false;
  object.read_name("denominator", kDenominators, conventions.denominator);
  object.read_finite("denominator_value", conventions.denominator_value);
  object.read_name("smoothing_mass", kMasses, conventions.smoothing_mass);
  object.read_name("smoothing_weights", kSmoothingWeights, conventions.smoothing_weights);
  object.read_name("all_ignored", kPolicies, conventions.all_ignored);
  object.read_name("target_out_of_range", kPolicies, conventions.target_out_of_range);
  object.read_name("all_masked", kPolicies, conventions.all_masked);
  object.read_name("zero_weight_times_infinity", kPolicies, conventions.zero_weight_times_infinity);
  object.read_finite("clip", conventions.clip);
  object.read_names("clip_rules", kClipRules, conventions.clip_rules);
  object.read_names("normalise", kNormalise, conventions.normalise);
  object.read("z_loss_over_valid_rows", z_loss_over_valid_rows);
  object.read("gradient_of_unit_mass", gradient_of_unit_mass);
  object.read_name("masked_labels", kPolicies, conventions.masked_labels);
  object.finish();
  conventions.z_loss_over_valid_rows = z_loss_over_valid_rows ? 1 : 0;
  conventions.gradient_of_unit_mass = gradient_of_unit_mass ? 1 : 0;
}

}  // namespace xent::golden
