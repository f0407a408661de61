// Whoever answers every question rightly conforms, whatever he declares: parts of the catalogue drawn at
// random, of losses, formats, reductions, options and conventions. A law that takes for granted what not
// everyone declares, or what not every format holds, accuses such a subject, or has nothing to ask it.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <sstream>

#include "properties/declaration.h"
#include "properties/declaration_line.h"
#include "properties/judge.h"
#include "properties/random.h"
#include "properties/report.h"
#include "properties/testing.h"
#include "reference/certify.h"
#include "reference/format.h"
#include "reference/losses.h"

namespace xent::properties {
namespace {

using reference::Problem;

constexpr const char* kGrades[] = {"correctly_rounded", "faithful", "ulp:2",  "log1p",
                                   "shifted",           "lse",      "online", "probability"};
// Enough trials that a law which can be put to a declaration is.
constexpr int kTrialsOfEach = 20;
#ifdef __SANITIZE_ADDRESS__
constexpr int kDeclarations = 5;
#else
constexpr int kDeclarations = 30;
#endif
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

// Answers all that it declares, correctly rounded.
class Right : public Answering {
 public:
  explicit Right(std::vector<xent_claim> claims, const xent_conventions& conventions = {})
      : claims_(std::move(claims)) {
    declaration_ = {XENT_ABI_VERSION,
                    static_cast<std::uint32_t>(claims_.size()),
                    "right",
                    "1",
                    claims_.data(),
                    conventions,
                    never};
  }

  const xent_implementation& declaration() const override { return declaration_; }
  reference::Expected<std::shared_ptr<Remote>> again(std::function<bool()>) const override {
    return std::shared_ptr<Remote>(std::make_shared<Right>(claims_, declaration_.conventions));
  }

 private:
  static xent_status never(const xent_problem*, xent_result*) { return XENT_UNSUPPORTED; }

  std::vector<double> answers(const Problem& problem) const override {
    std::vector<double> values;
    // No theorem ends the refinement of capped logits.
    constexpr int kCappedPrecision = 512;
    auto truths =
        reference::certify(problem, problem.softcap.is_zero() ? reference::kMaxPrecision : kCappedPrecision);
    if (!truths) return values;
    const reference::Format& format = reference::format(problem.loss_format);
    for (reference::Certified& truth : *truths) {
      const auto rounded = truth.rounded(format);
      // What is undecided lies in the middle between two floats, as far as can be seen: either will do.
      values.push_back(rounded ? *rounded : rounded_to(format, truth.enclosure().lower_double()));
    }
    return values;
  }

  std::vector<xent_claim> claims_;
  xent_implementation declaration_ = {};
};

std::shared_ptr<Right> drawn(std::uint64_t seed) {
  Random random{rc::Random(seed)};
  std::vector<xent_claim> claims;
  for (std::int64_t i = random.between(1, 3); i > 0; --i)
    claims.push_back(some_claim(random, random.pick(reference::losses())));
  return std::make_shared<Right>(std::move(claims), some_conventions(random));
}

CheckOptions options_of(std::uint64_t seed) {
  CheckOptions options;
  options.level = Level::smoke;
  options.seed = seed;
  options.shrink_budget = 0;
  options.most_trials = std::getenv("XENT_DECLARATIONS") == nullptr ? kTrialsOfEach : 0;
  return options;
}

// What is wrong with the verdicts on right answers; empty if nothing is.
std::string accusations(const Report& report) {
  std::ostringstream text;
  for (const LawVerdict& verdict : report.laws) {
    if (verdict.kind == LawVerdict::Kind::pass || verdict.kind == LawVerdict::Kind::skip) continue;
    text << verdict.law->id << ": " << verdict.reason;
    if (!verdict.failures.empty()) text << verdict.failures[0].message;
    text << "\n";
  }
  return text.str();
}

// XENT_DECLARATIONS=500 asks for that many, with all inputs of a smoke run.
int number_of_declarations() {
  const char* const more = std::getenv("XENT_DECLARATIONS");
  return more == nullptr ? kDeclarations : std::atoi(more);
}

class EveryDeclaration : public testing::TestWithParam<int> {};

TEST_P(EveryDeclaration, ConformsWhereAllAnswersAreRight) {
  const auto seed = static_cast<std::uint64_t>(GetParam());
  const std::shared_ptr<Right> right = drawn(seed);
  ASSERT_FALSE(validate(right->declaration()).has_value());
  EXPECT_EQ(accusations(check(Subject(right), options_of(seed))), "")
      << write_declaration(right->declaration());
}

LawVerdict::Kind verdict_on(const xent_claim& claim, const char* law) {
  CheckOptions options = options_of(1);
  options.only_law = law;
  return check(Subject(std::make_shared<Right>(std::vector{claim})), options).laws.at(0).kind;
}

TEST(Declaration, MayHaveLossesInAFormatThatItTakesNoLogitsIn) {
  const std::pair<xent_format, xent_format> formats[] = {
      {XENT_BFLOAT16, XENT_BINARY32}, {XENT_BINARY32, XENT_BINARY64}, {XENT_BINARY64, XENT_BFLOAT16}};
  for (const auto& [in, out] : formats) {
    xent_claim claim = kPlainClaim;
    claim.input_formats = XENT_BIT(in);
    claim.loss_formats = XENT_BIT(out);
    EXPECT_EQ(verdict_on(claim, "big_gap"), LawVerdict::Kind::pass) << in << " " << out;
  }
}

TEST(Declaration, MayHaveGradientsThatOverflow) {
  xent_claim claim = kPlainClaim;
  claim.loss = "perplexity";
  claim.input_formats = claim.loss_formats = XENT_BIT(XENT_BINARY64);
  claim.grad_formats = XENT_BIT(XENT_BINARY16);
  claim.reductions = XENT_BIT(XENT_MEAN);
  claim.options = XENT_BIT(XENT_OPTION_SCALE);
  EXPECT_EQ(verdict_on(claim, "convex_bracket"), LawVerdict::Kind::pass);
}

TEST(Declaration, MayHaveGradientsOfRowsAloneOrOfMeansAlone) {
  xent_claim claim = kPlainClaim;
  claim.grad_formats = claim.loss_formats;
  for (const char* loss : {"softmax_cross_entropy", "log_sum_exp"}) {
    for (const xent_reduction reduction : {XENT_NONE, XENT_SUM, XENT_MEAN}) {
      claim.loss = loss;
      claim.reductions = XENT_BIT(reduction);
      for (const char* law : {"gradient_sum", "convex_bracket"})
        EXPECT_EQ(verdict_on(claim, law), LawVerdict::Kind::pass) << law << " " << loss << " " << reduction;
    }
  }
}

TEST(Declaration, MayHaveAnIgnoreIndexWithoutHardLabels) {
  xent_claim claim = kPlainClaim;
  claim.options = XENT_BIT(XENT_OPTION_SOFT_TARGETS) | XENT_BIT(XENT_OPTION_IGNORE_INDEX);
  claim.target_formats = XENT_BIT(XENT_BINARY32);
  EXPECT_EQ(verdict_on(claim, "ignored_rows"), LawVerdict::Kind::skip);
}

TEST(Declaration, IsRefusedWhereOverflowIsNotANumber) {
  xent_claim claim = kPlainClaim;
  claim.loss_formats = XENT_BIT(XENT_FP8_E4M3);
  const auto error = validate(Right({claim}).declaration());
  ASSERT_TRUE(error.has_value());
  EXPECT_NE(error->message.find("formats with infinities"), std::string::npos) << error->message;
}

INSTANTIATE_TEST_SUITE_P(Judge, EveryDeclaration, testing::Range(0, number_of_declarations()));

}  // namespace
}  // namespace xent::properties
