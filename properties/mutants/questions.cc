// Sound code that answers another question than it was asked: an option is lost on the way, or changed, for
// the gradient alone or for all.
#include <cmath>

#include "properties/mutant_tables.h"

namespace xent::properties {
namespace {

using Edit = void (*)(xent_problem& problem);

template <Edit kChange>
xent_status changed(const xent_problem* problem, xent_result* result) {
  xent_problem other = *problem;
  kChange(other);
  return compute_with<Sound>(&other, result);
}

template <Edit kChange>
xent_status changed_for_gradient(const xent_problem* problem, xent_result* result) {
  const xent_status status = compute_with<Sound>(problem, result);
  if (status != XENT_OK || result->grad.data == nullptr) return status;
  std::vector<float> losses(static_cast<std::size_t>(std::max<std::int64_t>(problem->rows, 1)));
  xent_result gradient = *result;
  gradient.loss = {losses.data(), XENT_BINARY32, 1, 1};
  xent_problem other = *problem;
  kChange(other);
  return compute_with<Sound>(&other, &gradient);
}

void without_base(xent_problem& p) {
  p.base = 0;
}
void without_temperature(xent_problem& p) {
  p.temperature = 0;
}
void without_scale(xent_problem& p) {
  p.scale = 0;
}
void without_cap(xent_problem& p) {
  p.softcap = 0;
}
void without_sample_weights(xent_problem& p) {
  p.sample_weights.data = nullptr;
}
void without_denominator(xent_problem& p) {
  p.conventions.denominator = XENT_VALID_ROWS;
}
void root_of_temperature(xent_problem& p) {
  p.temperature = std::sqrt(p.temperature);
}
void half_the_cap(xent_problem& p) {
  p.softcap /= 2;
}
void base_of_ten(xent_problem& p) {
  p.base = p.base == 0 ? 0 : 10;
}
void half_the_smoothing(xent_problem& p) {
  p.label_smoothing /= 2;
}
void squared_smoothing(xent_problem& p) {
  p.label_smoothing *= p.label_smoothing;
}
void negated_ignore(xent_problem& p) {
  p.ignore_index = -p.ignore_index;
}
void always_mean(xent_problem& p) {
  if (p.reduction == XENT_SUM) p.reduction = XENT_MEAN;
}
void cap_before_temperature(xent_problem& p) {
  if (p.temperature != 0 && p.softcap != 0) p.softcap *= p.temperature;
}
void scale_times_temperature(xent_problem& p) {
  if (p.scale != 0 && p.temperature != 0) p.scale *= p.temperature;
}

const std::vector<Mutant> kQuestionMutants = {
    around<changed_for_gradient<without_base>>("gradient_in_nats", "losses in bits, their gradient in nats",
                                               "fairseq#466"),
    around<changed_for_gradient<without_temperature>>(
        "gradient_without_temperature", "the gradient knows no temperature", "a forgotten option"),
    around<changed_for_gradient<without_scale>>("gradient_without_scale", "the gradient knows no scale",
                                                "a forgotten option"),
    around<changed_for_gradient<without_cap>>("gradient_without_cap", "the gradient knows no softcap",
                                              "a forgotten option"),
    around<changed_for_gradient<without_sample_weights>>(
        "gradient_without_sample_weights", "the gradient knows no sample weights", "Liger-Kernel#968"),
    around<changed_for_gradient<without_denominator>>("gradient_of_other_mean",
                                                      "the gradient of a mean over valid rows, always",
                                                      "conventions that are not read", kWeighted),
    around<changed_for_gradient<half_the_smoothing>>("gradient_half_smoothed",
                                                     "the gradient has half the smoothing", "a common slip"),
    around<changed<root_of_temperature>>("root_of_temperature", "divides by the root of the temperature",
                                         "attention's scale"),
    around<changed<half_the_cap>>("half_the_cap", "half the softcap", "a common slip"),
    around<changed<base_of_ten>>("base_of_ten", "common logarithms, whatever the base", "a common slip"),
    around<changed<squared_smoothing>>("smoothing_squared", "the square of the smoothing",
                                       "smoothed twice, in part"),
    around<changed<negated_ignore>>("ignore_negated", "ignores the negative of the value", "a sign slip"),
    around<changed<always_mean>>("sum_is_mean", "the sum is divided like the mean", "transformers#6998"),
    around<changed<cap_before_temperature>>("cap_before_temperature",
                                            "the softcap comes before the temperature", "order of maps"),
    around<changed<scale_times_temperature>>("scale_undoes_temperature",
                                             "with a scale, the temperature is lost", "order of maps"),
};

}  // namespace

const std::vector<Mutant>& question_mutants() {
  return kQuestionMutants;
}

}  // namespace xent::properties
