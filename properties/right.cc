#include "properties/right.h"

#include <utility>

#include "golden/conventions.h"
#include "properties/random.h"
#include "reference/certify.h"
#include "reference/format.h"
#include "reference/losses.h"

namespace xent::properties {
namespace {

using reference::Problem;

constexpr const char* kGrades[] = {"correctly_rounded", "faithful", "ulp:2",  "log1p",
                                   "shifted",           "lse",      "online", "probability"};
constexpr std::uint32_t kIndexFormats = XENT_BIT(XENT_INT32) | XENT_BIT(XENT_INT64);

std::uint32_t every_format() {
  std::uint32_t set = 0;
  for (const reference::Format& format : reference::formats()) set |= XENT_BIT(format.id);
  return set;
}

// Results need infinities.
std::uint32_t every_result_format() {
  return every_format() & ~XENT_BIT(XENT_FP8_E4M3);
}

// A part of a set that is not empty: one member as often as about half of them, or all.
std::uint32_t part_of(Random& random, std::uint32_t set) {
  std::vector<std::uint32_t> members;
  for (std::uint32_t bit = 1; bit != 0 && bit <= set; bit <<= 1U) {
    if ((set & bit) != 0) members.push_back(bit);
  }
  std::uint32_t part = random.pick(std::span<const std::uint32_t>(members));
  const double rate = random.chance(0.4) ? 0 : random.chance(0.7) ? 0.5 : 1;
  for (const std::uint32_t bit : members) part |= random.chance(rate) ? bit : 0;
  return part;
}

std::uint32_t some_options(Random& random, const reference::Loss& loss) {
  std::uint32_t options = 0;
  const double rate = random.chance(0.2) ? 0 : random.chance(0.7) ? 0.4 : 1;
  for (std::int32_t option = XENT_OPTION_IGNORE_INDEX; option <= XENT_OPTION_UPSTREAM; ++option) {
    // Now and then one without a meaning for the loss.
    if ((contains(loss.options, option) || random.chance(0.1)) && random.chance(rate))
      options |= XENT_BIT(option);
  }
  return options;
}

xent_claim some_claim(Random& random, const reference::Loss& loss) {
  xent_claim claim = {};
  claim.loss = loss.name;
  claim.input_spaces = part_of(random, loss.input_spaces);
  claim.input_formats = part_of(random, every_format());
  claim.loss_formats = part_of(random, every_result_format());
  if (loss.gradient != nullptr && random.chance(0.6))
    claim.grad_formats = part_of(random, every_result_format());
  claim.reductions = XENT_BIT(XENT_MEAN);
  if (!loss.always_mean) {
    const bool has_rows_alone = loss.entries != nullptr;
    claim.reductions = has_rows_alone ? XENT_BIT(XENT_NONE) : part_of(random, 7);
  }
  claim.options = some_options(random, loss);
  if (loss.needs_targets) claim.target_formats |= part_of(random, kIndexFormats);
  if (loss.needs_target_probs) claim.target_formats |= part_of(random, every_format());
  if (loss.needs_targets && loss.needs_target_probs) {
    claim.options |= part_of(random, XENT_BIT(XENT_OPTION_HARD_TARGETS) | XENT_BIT(XENT_OPTION_SOFT_TARGETS));
  }
  claim.grade = random.pick(std::span<const char* const>(kGrades));
  const auto formats = reference::formats();
  if (random.chance(0.5)) claim.compute_format = formats[static_cast<std::size_t>(random.between(2, 5))].id;
  return claim;
}

xent_conventions some_conventions(Random& random) {
  xent_conventions conventions = {};
  if (random.chance(0.5)) return conventions;
  conventions.denominator = static_cast<xent_denominator>(random.below(XENT_ELEMENTS + 1));
  if (conventions.denominator == XENT_GIVEN) conventions.denominator_value = 2.5;
  conventions.smoothing_mass = static_cast<xent_smoothing_mass>(random.below(2));
  conventions.smoothing_weights = static_cast<xent_smoothing_weights>(random.below(3));
  conventions.z_loss_over_valid_rows = random.chance(0.5) ? 1 : 0;
  conventions.gradient_of_unit_mass = random.chance(0.2) ? 1 : 0;
  return conventions;
}

xent_claim whole_claim(Random& random, const reference::Loss& loss) {
  xent_claim claim = some_claim(random, loss);
  claim.input_spaces = loss.input_spaces;
  claim.input_formats = every_format();
  claim.loss_formats = every_result_format();
  claim.grad_formats = loss.gradient == nullptr ? 0 : claim.loss_formats;
  if (!loss.always_mean && loss.entries == nullptr) claim.reductions = 7;
  claim.options = loss.options;
  if (loss.needs_targets) claim.target_formats |= kIndexFormats;
  if (loss.needs_target_probs) claim.target_formats |= every_format();
  if (loss.needs_targets && loss.needs_target_probs)
    claim.options |= XENT_BIT(XENT_OPTION_HARD_TARGETS) | XENT_BIT(XENT_OPTION_SOFT_TARGETS);
  return claim;
}

xent_status never(const xent_problem*, xent_result*) {
  return XENT_UNSUPPORTED;
}

bool are_equal(const xent_conventions& a, const xent_conventions& b) {
  return golden::write_conventions(a) == golden::write_conventions(b);
}

}  // namespace

Right::Right(std::vector<xent_claim> claims, const xent_conventions& conventions)
    : claims_(std::move(claims)) {
  declaration_ = {XENT_ABI_VERSION,
                  static_cast<std::uint32_t>(claims_.size()),
                  "right",
                  "1",
                  claims_.data(),
                  conventions,
                  never};
}

reference::Expected<std::shared_ptr<Remote>> Right::again(std::function<bool()>) const {
  return std::shared_ptr<Remote>(std::make_shared<Right>(claims_, declaration_.conventions));
}

Response Right::run(const Problem& problem, const Layout& layout) {
  const xent_claim* claim = find_claim(declaration_, problem);
  const bool is_declared = claim != nullptr && !not_covered(*claim, problem) &&
                           are_equal(problem.conventions, declaration_.conventions);
  if (is_declared) return Answering::run(problem, layout);
  Response refusal;
  refusal.status = XENT_UNSUPPORTED;
  return refusal;
}

double Right::answer(const Problem& problem, std::size_t, reference::Certified& truth) const {
  const reference::Format& format = reference::format(problem.loss_format);
  const auto rounded = truth.rounded(format);
  // What is undecided lies in the middle between two floats, as far as can be seen: either will do.
  return rounded ? *rounded : rounded_to(format, truth.enclosure().lower_double());
}

std::vector<double> Right::answers(const Problem& problem) const {
  std::vector<double> values;
  // No theorem ends the refinement of capped logits.
  constexpr int kCappedPrecision = 512;
  auto truths =
      reference::certify(problem, problem.softcap.is_zero() ? reference::kMaxPrecision : kCappedPrecision);
  if (!truths) return values;
  for (std::size_t i = 0; i < truths->size(); ++i) values.push_back(answer(problem, i, (*truths)[i]));
  return values;
}

Drawn drawn_declaration(std::uint64_t seed) {
  Random random{rc::Random(seed)};
  Drawn drawn;
  for (std::int64_t i = random.between(1, 3); i > 0; --i)
    drawn.claims.push_back(some_claim(random, random.pick(reference::losses())));
  drawn.conventions = some_conventions(random);
  return drawn;
}

Drawn whole_declaration(std::uint64_t seed) {
  Random random{rc::Random(seed)};
  Drawn drawn;
  for (const reference::Loss& loss : reference::losses()) drawn.claims.push_back(whole_claim(random, loss));
  xent_conventions& conventions = drawn.conventions;
  conventions = some_conventions(random);
  const auto policy = [&](int count) {
    return random.chance(0.7) ? XENT_POLICY_DEFAULT : static_cast<xent_policy>(random.below(count));
  };
  conventions.all_ignored = policy(XENT_POLICY_ZERO + 1);
  conventions.all_masked = policy(XENT_POLICY_INFINITY + 1);
  conventions.zero_weight_times_infinity = policy(XENT_POLICY_ZERO + 1);
  conventions.masked_labels = random.chance(0.2) ? XENT_POLICY_ZERO : XENT_POLICY_DEFAULT;
  conventions.target_out_of_range = policy(XENT_POLICY_FROM_END + 1);
  if (random.chance(0.2)) {
    // There is nothing to prepare but probabilities.
    for (xent_claim& claim : drawn.claims) claim.input_spaces &= XENT_BIT(XENT_PROBABILITIES);
    std::erase_if(drawn.claims, [](const xent_claim& claim) { return claim.input_spaces == 0; });
    conventions.clip = random.chance(0.5) ? 0x1p-10 : 0;
    conventions.clip_rules = static_cast<std::uint32_t>(random.below(8));
    conventions.normalise = static_cast<std::uint32_t>(random.below(4));
  }
  return drawn;
}

}  // namespace xent::properties
