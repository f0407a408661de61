#include "properties/judge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <map>

#include "fast/implementations.h"
#include "properties/designs.h"
#include "properties/laws.h"
#include "properties/mutants.h"
#include "properties/random.h"
#include "properties/replay.h"
#include "properties/report.h"
#include "properties/testing.h"
#include "reference/certify.h"

namespace xent::properties {
namespace {

constexpr std::uint64_t kJudgeSeed = 20240607;

// Sanitizers look at memory, which a few inputs of each law exercise as well as many.
#ifdef XENT_SANITIZED
constexpr int kMostTrials = 12;
constexpr int kFewTrials = 4;
#else
constexpr int kMostTrials = 0;
// For implementations with every option, whose laws are many.
constexpr int kFewTrials = 12;
#endif

Report smoke(const xent_implementation& implementation, std::uint64_t seed = kJudgeSeed,
             int most_trials = kMostTrials) {
  CheckOptions options;
  options.level = Level::smoke;
  options.seed = seed;
  options.most_trials = most_trials;
  return check(implementation, options);
}

// The first law that fails, or nothing.
std::string killer(const xent_implementation& implementation, const std::string& law = "") {
  CheckOptions options;
  options.level = Level::smoke;
  options.seed = kJudgeSeed;
  options.only_law = law;
  options.shrink_budget = 0;
  options.stop_at_first_failure = true;
  for (const LawVerdict& verdict : check(implementation, options).laws) {
    if (verdict.kind == LawVerdict::Kind::fail) return verdict.law->id;
  }
  return "";
}

class EveryMutant : public testing::TestWithParam<const Mutant*> {};

TEST_P(EveryMutant, Dies) {
#ifdef XENT_SANITIZED
  GTEST_SKIP() << "how strong the judge is does not depend on how memory is watched";
#endif
  const Mutant& mutant = *GetParam();
  EXPECT_NE(killer(*mutant.implementation), "") << mutant.what;
}

std::vector<const Mutant*> all_mutants() {
  std::vector<const Mutant*> all;
  for (const Mutant& mutant : mutants()) all.push_back(&mutant);
  return all;
}

INSTANTIATE_TEST_SUITE_P(Judge, EveryMutant, testing::ValuesIn(all_mutants()),
                         [](const auto& test) { return std::string(test.param->id); });

// A mutant that each law finds by its own sentence. Mutants that break the rules of every call are left to
// purity.
const std::map<std::string, std::string>& killed_by_law() {
  static const std::map<std::string, std::string> kKilled = {
      {"accuracy", "terms_dropped"},
      {"nonnegativity", "negative_confident"},
      {"gibbs", "kl_terms_clamped"},
      {"entropy_range", "entropy_epsilon"},
      {"log_sum", "kl_generalised"},
      {"pinsker_chi2", "kl_swapped"},
      {"kl_edges", "kl_of_ratio"},
      {"products", "entropy_of_large"},
      {"one_hot", "cross_entropy_epsilon"},
      {"sandwich", "clamped_gap"},
      {"shift_invariance", "relu_maximum"},
      {"difference", "clamped_gap"},
      {"normalisation", "exp_is_power_of_two"},
      {"uniform", "one_block_only"},
      {"uniform_classes", "one_size_off"},
      {"mask", "nan_on_masked"},
      {"single_class", "single_class_infinite"},
      {"small_loss", "log_instead_of_log1p"},
      {"big_gap", "log_of_probability"},
      {"units", "bits_are_nats"},
      {"sequence_mean", "mean_by_count_minus_one"},
      {"likelihood_order", "first_as_maximum"},
      {"perplexity", "perplexity_in_bits"},
      {"permutation", "last_class_skipped"},
      {"grouping", "ties_count_once"},
      {"shards", "tail_skipped"},
      {"layout", "dense_stride"},
      {"big_index", "offset_of_32_bits"},
      {"purity", "second_thread_lost"},
      {"batch", "batch_changes_bits"},
      {"target_range", "bad_target_is_zero"},
      {"gradient_sum", "no_target"},
      {"gradient_cross", "narrow_probability"},
      {"small_gradient", "gradient_cancels"},
      {"upstream", "upstream_of_first"},
      {"gradient_reduction", "gradient_of_sum_divided"},
      {"masked_gradient", "masked_is_nan"},
      {"convex_bracket", "gradient_negated"},
      {"ignored_rows", "ignored_still_smoothed"},
      {"reduction", "mean_is_sum"},
      {"additivity", "first_row_twice"},
      {"repeated_rows", "narrow_count"},
      {"weights", "class_weights_rooted"},
      {"smoothing", "smoothing_spares_target"},
      {"z_loss", "z_loss_halved"},
      {"transforms", "temperature_multiplies"},
      {"zero_weight", "nothing_times_infinity_is_nan"},
      {"narrow_input", "narrow_input_scaled"},
      {"conventions", "denominator_hard_coded"}};
  return kKilled;
}

class EveryLaw : public testing::TestWithParam<const Law*> {};

TEST_P(EveryLaw, KillsAMutantByItself) {
  const auto killed = killed_by_law().find(GetParam()->id);
  ASSERT_NE(killed, killed_by_law().end()) << "name a mutant that the new law finds";
  EXPECT_EQ(killer(*find_mutant(killed->second)->implementation, GetParam()->id), GetParam()->id);
}

std::vector<const Law*> laws_by_pointer() {
  std::vector<const Law*> laws;
  for (const Law& law : all_laws()) laws.push_back(&law);
  return laws;
}

INSTANTIATE_TEST_SUITE_P(Judge, EveryLaw, testing::ValuesIn(laws_by_pointer()),
                         [](const auto& test) { return std::string(test.param->id); });

TEST(Judge, HasManyMutants) {
  EXPECT_GE(mutants().size(), 200U);
}

TEST(Judge, AcceptsTheCodeThatMutantsAreMadeFrom) {
  for (const xent_implementation* sound : sound_implementations()) {
    const Report report = smoke(*sound, kJudgeSeed + 1, kFewTrials);
    EXPECT_TRUE(report.conforms()) << text_report(report);
  }
}

struct Accusation {
  const char* law;
  const char* line;  // of the case
};

// Where a step of sound code leaves the range of the format, though the result does not: logarithms in nats
// that overflow, sums of weights and products of factors that get below the normal range.
TEST(Judge, AcceptsSoundCodeThatLeavesTheRangeOnTheWay) {
  const Accusation kCases[] = {
      {"accuracy",
       R"({"id":"a","loss":"log_softmax","rows":1,"classes":2,"input":{"space":"logits","format":"binary32","bits":"7f4f0000fe800000"},"base":"10","loss_format":"binary32"})"},
      {"conventions",
       R"({"id":"b","loss":"cross_entropy","rows":1,"classes":1,"input":{"space":"probabilities","format":"binary32","bits":"00000040"},"target_probs":{"space":"probabilities","format":"binary32","bits":"00001000"},"sample_weights":["0x1.88810ep-2"],"reduction":"mean","loss_format":"binary32","parameters":["760722"]})"},
      {"accuracy",
       R"({"id":"c","loss":"nll","rows":1,"classes":1,"wanted":"gradient","input":{"space":"probabilities","format":"binary32","bits":"30800000"},"targets":[0],"sample_weights":["0x1p-100"],"upstream":["0x1p-60"],"loss_format":"binary32"})"}};
  for (const auto& known : kCases) {
    const auto trial = trial_of_line(known.line);
    ASSERT_TRUE(trial.has_value()) << known.line;
    const Outcome outcome = replay(*sound_implementation(), *find_law(known.law), *trial);
    EXPECT_EQ(outcome.kind, Outcome::Kind::pass) << known.line << outcome.message;
  }
}

// Which of the two classes is the label does not matter.
TEST(Judge, OrdersTwoLikelihoodsEitherWay) {
  for (const char* const roles :
       {R"("targets":[0],"parameters":["1"])", R"("targets":[1],"parameters":["0"])"}) {
    const auto trial = trial_of_line(
        std::string(
            R"({"id":"a","loss":"softmax_cross_entropy","rows":1,"classes":2,"loss_format":"binary32",)"
            R"("input":{"space":"logits","format":"binary32","bits":"0000000040800000"},)") +
        roles + "}");
    ASSERT_TRUE(trial.has_value()) << trial.error().message;
    const Outcome outcome = replay(*fast::fast_implementation(), *find_law("likelihood_order"), *trial);
    EXPECT_EQ(outcome.kind, Outcome::Kind::pass) << roles << outcome.message;
  }
}

// Each was accused once.
TEST(Judge, AcceptsSoundCodeOfEveryDesign) {
  const Accusation
      kCases[] = {// 1 - p made of the other classes.
                  {"accuracy",
                   R"({"id":"a","loss":"softmax_cross_entropy","rows":1,"classes":14,"wanted":"gradient","input":{"space":"logits","format":"binary32","bits":"c0000000bfbbec82bfbb35dfc0310000bfbc66ebc0400000c1700000c17a0000c17a0000c17a0000c17a0000c17a0000c17a0000c17a0000"},"targets":[2],"loss_format":"binary32"})"},
                  // w / q overflows, and w / q / w would not.
                  {"accuracy",
                   R"({"id":"b","loss":"nll","rows":1,"classes":1,"wanted":"gradient","input":{"space":"probabilities","format":"binary32","bits":"00400000"},"targets":[0],"class_weights":["0x1.862c96p+1"],"reduction":"mean","conventions":{"denominator":"valid_weights"},"loss_format":"binary32"})"},
                  // So does the reciprocal of the weights.
                  {"accuracy",
                   R"({"id":"c","loss":"kl","rows":1,"classes":1,"wanted":"gradient","input":{"space":"probabilities","format":"binary32","bits":"3f800000"},"target_probs":{"space":"probabilities","format":"binary32","bits":"00000100"},"reduction":"mean","conventions":{"denominator":"valid_weights"},"loss_format":"binary32"})"},
                  // A product that is no normal number, times the perplexity.
                  {"conventions",
                   R"({"id":"d","loss":"perplexity","rows":1,"classes":3,"wanted":"gradient","input":{"space":"logits","format":"binary32","bits":"41bf0000c1d3000000000000"},"targets":[2],"scale":"5","softcap":"50","reduction":"mean","loss_format":"binary32","parameters":["262144"]})"},
                  // lse is what is left of the loss and a logit of 2e37.
                  {"z_loss",
                   R"({"id":"e","loss":"softmax_cross_entropy","rows":1,"classes":2,"input":{"space":"logits","format":"binary32","bits":"6f800000fd800000"},"targets":[1],"z_loss":"0.0009765625","loss_format":"binary32"})"},
                  // A perplexity of e^200, times 0.
                  {"accuracy",
                   R"({"id":"f","loss":"perplexity","rows":1,"classes":3,"wanted":"gradient","input":{"space":"logits","format":"binary32","bits":"4348000000000000ff800000"},"targets":[1],"reduction":"mean","loss_format":"binary32"})"},
                  // The largest scaled logit overflows, beside a masked one.
                  {"accuracy",
                   R"({"id":"g","loss":"log_softmax","rows":1,"classes":2,"input":{"space":"logits","format":"binary32","bits":"7e550000ff800000"},"scale":"5","loss_format":"binary32"})"},
                  // A difference of logits overflows, and a weight below 1 brings it back.
                  {"accuracy",
                   R"({"id":"h","loss":"softmax_cross_entropy","rows":1,"classes":2,"input":{"space":"logits","format":"bfloat16","bits":"ff5e7e5f"},"targets":[0],"class_weights":["0x1.905b62p-1","1"],"loss_format":"binary32"})"},
                  {"accuracy",
                   R"({"id":"i","loss":"softmax_cross_entropy","rows":1,"classes":2,"input":{"space":"logits","format":"bfloat16","bits":"ff5e7e5f"},"targets":[0],"sample_weights":["0x1.905b62p-1"],"loss_format":"binary32"})"},
                  // Both losses overflow, and their difference does not.
                  {
                      "likelihood_order", R"({"id":"l","loss":"softmax_cross_entropy","rows":1,"classes":3,"input":{"space":"logits","format":"binary32","bits":"ff61b1e6ff1676997f61b1e6"},"targets":[1],"loss_format":"binary32","parameters":["0"]})"},
                  {"shift_invariance",
                   R"({"id":"s","loss":"softmax_cross_entropy","rows":1,"classes":2,"input":{"space":"logits","format":"binary32","bits":"ff6000007f600000"},"targets":[0],"loss_format":"binary32","parameters":["0"]})"},
                  // 1.25e308 nats are more bits than any float.
                  {"units",
                   R"({"id":"j","loss":"log_sum_exp","rows":1,"classes":1,"input":{"space":"logits","format":"binary64","bits":"7fe6400000000000"},"loss_format":"binary64"})"},
                  // 2 lse overflows, and three quarters of it do not.
                  {"z_loss",
                   R"({"id":"k","loss":"softmax_cross_entropy","rows":1,"classes":1,"wanted":"gradient","input":{"space":"logits","format":"binary32","bits":"7f000000"},"targets":[0],"upstream":["0x1.807de2p-1"],"z_loss":"1","loss_format":"binary32"})"},
                  // The mean of a row without weight.
                  {"sandwich",
                   R"({"id":"l","loss":"softmax_cross_entropy","rows":1,"classes":1,"input":{"space":"logits","format":"binary32","bits":"00000000"},"targets":[0],"sample_weights":["0"],"reduction":"mean","conventions":{"denominator":"valid_weights"},"loss_format":"binary32"})"}};
  for (const auto& known : kCases) {
    const auto trial = trial_of_line(known.line);
    ASSERT_TRUE(trial.has_value()) << known.line;
    std::vector<const xent_implementation*> all(sound_implementations().begin(),
                                                sound_implementations().end());
    all.push_back(fast::fast_implementation());
    for (const xent_implementation* sound : all) {
      const Outcome outcome = replay(Subject(*sound), *find_law(known.law), *trial);
      EXPECT_NE(outcome.kind, Outcome::Kind::fail) << sound->name << known.line << outcome.message;
    }
  }
}

// Where the losses that a law compares overflow both, though what they differ by does not.
TEST(Judge, SaysNothingOfTwoLossesThatOverflow) {
  const Accusation kCases[] = {
      {"likelihood_order",
       R"({"id":"a","loss":"softmax_cross_entropy","rows":1,"classes":3,"input":{"space":"logits","format":"binary32","bits":"ff61b1e6ff1676997f61b1e6"},"targets":[1],"loss_format":"binary32","parameters":["0"]})"},
      {"shift_invariance",
       R"({"id":"b","loss":"softmax_cross_entropy","rows":1,"classes":2,"input":{"space":"logits","format":"binary32","bits":"ff6000007f600000"},"targets":[0],"loss_format":"binary32","parameters":["0"]})"}};
  for (const auto& known : kCases) {
    const auto trial = trial_of_line(known.line);
    ASSERT_TRUE(trial.has_value()) << known.line;
    const Outcome outcome = replay(*fast::fast_implementation(), *find_law(known.law), *trial);
    EXPECT_NE(outcome.kind, Outcome::Kind::fail) << known.line << outcome.message;
  }
}

// -ln q_t of q clipped to [1/8, 7/8], in binary64.
xent_status clipped_nll(const xent_problem* p, xent_result* r) {
  if (p->conventions.denominator != XENT_VALID_ROWS) return XENT_UNSUPPORTED;
  double sum = 0;
  for (std::int64_t row = 0; row < p->rows; ++row) {
    const std::int64_t target =
        static_cast<const std::int64_t*>(p->targets.data)[row * p->targets.row_stride];
    if (target < 0 || target >= p->classes) return XENT_TARGET_OUT_OF_RANGE;
    const double* q = static_cast<const double*>(p->input.data) + row * p->input.row_stride;
    const bool is_nan = std::any_of(q, q + p->classes, [](double x) { return std::isnan(x); });
    const double loss = is_nan ? std::nan("") : -std::log(std::clamp(q[target], 0.125, 0.875));
    if (p->reduction == XENT_NONE) static_cast<double*>(r->loss.data)[row * r->loss.row_stride] = loss;
    sum += loss;
  }
  if (p->reduction == XENT_MEAN) *static_cast<double*>(r->loss.data) = sum / static_cast<double>(p->rows);
  return XENT_OK;
}

TEST(Judge, KnowsWhatClippingMeans) {
  xent_claim nll = kPlainClaim;
  nll.loss = "nll";
  nll.input_spaces = XENT_BIT(XENT_PROBABILITIES);
  nll.input_formats = nll.loss_formats = XENT_BIT(XENT_BINARY64);
  nll.target_formats = XENT_BIT(XENT_INT64);
  nll.reductions = XENT_BIT(XENT_NONE) | XENT_BIT(XENT_MEAN);
  xent_implementation implementation = {};
  implementation.abi_version = XENT_ABI_VERSION;
  implementation.claim_count = 1;
  implementation.name = "clipped";
  implementation.version = "1";
  implementation.claims = &nll;
  implementation.conventions.clip = 0.125;
  implementation.compute = clipped_nll;
  constexpr int kAllTrials = 0;  // clipping leaves few inputs that a law can tell apart
  const Report report = smoke(implementation, kJudgeSeed, kAllTrials);
  EXPECT_TRUE(report.conforms()) << text_report(report);
  implementation.conventions.clip = 0;
  EXPECT_FALSE(smoke(implementation).conforms());
}

float at_masked_label;
xent_status set_at_masked_label(const xent_problem* problem, xent_result* result) {
  const xent_status status = fast::fast_implementation()->compute(problem, result);
  if (result->grad.data != nullptr) static_cast<float*>(result->grad.data)[1] = at_masked_label;
  return status;
}

// 0, or p - y as next to it, but nothing else.
TEST(Judge, LeavesAChoiceAtMaskedLabels) {
  xent_implementation implementation = *fast::fast_implementation();
  implementation.compute = set_at_masked_label;
  const auto trial = trial_of_line(
      R"({"id":"a","loss":"softmax_cross_entropy","rows":1,"classes":2,"wanted":"gradient","input":{"space":"logits","format":"binary32","bits":"00000000ff800000"},"targets":[1],"upstream":["3"],"loss_format":"binary32"})");
  ASSERT_TRUE(trial.has_value());
  const auto passes = [&](float value) {
    at_masked_label = value;
    return replay(Subject(implementation), *find_law("accuracy"), *trial).kind == Outcome::Kind::pass;
  };
  EXPECT_TRUE(passes(0));
  EXPECT_TRUE(passes(-3));
  for (const float wrong : {-4.0F, 4.0F, HUGE_VALF, std::nanf("")}) EXPECT_FALSE(passes(wrong)) << wrong;
}

TEST(Judge, AcceptsFastCorrectAndStable) {
  for (const auto* implementation :
       {fast::fast_implementation(), fast::correct_implementation(), fast::stable_implementation()}) {
    const Report report = smoke(*implementation);
    EXPECT_TRUE(report.conforms()) << text_report(report);
  }
}

// e^2048 is beyond binary64, e^683 is not.
TEST(Judge, LetsThePerplexityOfAPartOverflow) {
  const auto trial = trial_of_line(
      R"({"id":"perplexity","loss":"perplexity","rows":6,"classes":2,"input":{"space":"logits","format":"binary32",)"
      R"("bits":"000000000000000045800000000000000000000000000000000000000000000000000000000000000000000000000000"},)"
      R"("targets":[0,1,0,0,0,0],"reduction":"mean","loss_format":"binary64","parameters":["2"]})");
  ASSERT_TRUE(trial);
  const Outcome outcome =
      find_law("perplexity")
          ->judge(Subject(*fast::fast_implementation()), *trial, [](const Trial&, const Measurement&) {});
  EXPECT_EQ(outcome.kind, Outcome::Kind::inadmissible) << outcome.message;
}

TEST(Judge, RejectsNaive) {
  EXPECT_FALSE(smoke(*fast::naive_implementation()).conforms());
}

TEST(Judge, TellsLog1pFromShifted) {
  const auto verdict = [](const xent_implementation& implementation) {
    CheckOptions options;
    options.level = Level::smoke;
    options.only_law = "small_loss";
    return check(implementation, options).laws.front();
  };
  EXPECT_EQ(verdict(*fast::fast_implementation()).kind, LawVerdict::Kind::pass);
  const LawVerdict stable = verdict(*fast::stable_implementation());
  EXPECT_EQ(stable.kind, LawVerdict::Kind::skip);
  EXPECT_GT(stable.failed, 0) << "textbook code loses small losses; the report must say so";
}

TEST(Judge, ReportsTheSameForTheSameSeed) {
  const auto json = [](std::uint64_t seed) {
    return json_report(smoke(*fast::fast_implementation(), seed, kFewTrials));
  };
  const std::string report = json(7);
  EXPECT_EQ(json(7), report);
  EXPECT_NE(json(8), report);
}

// The reference behind the contract: correctly rounded in every format, so no law may find anything.
xent_status certified(const xent_problem* call, xent_result* result);

constexpr std::uint32_t kFloats =
    XENT_BIT(XENT_BINARY16) | XENT_BIT(XENT_BFLOAT16) | XENT_BIT(XENT_BINARY32) | XENT_BIT(XENT_BINARY64);
constexpr std::uint32_t kIndices = XENT_BIT(XENT_INT32) | XENT_BIT(XENT_INT64);
constexpr std::uint32_t kEvery = XENT_BIT(XENT_NONE) | XENT_BIT(XENT_SUM) | XENT_BIT(XENT_MEAN);
// All but class strides.
constexpr std::uint32_t kOptions =
    (XENT_BIT(XENT_OPTION_HARD_TARGETS + 1) - 1) & ~XENT_BIT(XENT_OPTION_CLASS_STRIDE);
constexpr std::uint32_t kSameBits =
    XENT_BIT(XENT_SAME_BITS_FOR_ANY_THREADS) | XENT_BIT(XENT_SAME_BITS_FOR_ANY_LAYOUT) |
    XENT_BIT(XENT_SAME_BITS_FOR_ANY_CLASS_ORDER) | XENT_BIT(XENT_SAME_BITS_FOR_ANY_BATCH);

constexpr xent_claim claim(const char* loss, std::uint32_t spaces, std::uint32_t reductions,
                           std::uint32_t grads = kFloats) {
  return {loss,       spaces,   kFloats,   kFloats | kIndices,  kFloats,         grads,
          reductions, kOptions, kSameBits, "correctly_rounded", XENT_SEQUENTIAL, 0,
          0,          0};
}
constexpr std::uint32_t kDistributions = XENT_BIT(XENT_PROBABILITIES) | XENT_BIT(XENT_LOG_PROBABILITIES);
constexpr xent_claim kClaims[] = {
    claim("entropy", kDistributions, kEvery),
    claim("cross_entropy", kDistributions, kEvery),
    claim("kl", kDistributions, kEvery),
    claim("nll", kDistributions, kEvery),
    claim("softmax_cross_entropy", XENT_BIT(XENT_LOGITS), kEvery),
    claim("log_sum_exp", XENT_BIT(XENT_LOGITS), kEvery),
    claim("sequence", XENT_BIT(XENT_LOGITS), XENT_BIT(XENT_MEAN)),
    claim("perplexity", XENT_BIT(XENT_PROBABILITIES), XENT_BIT(XENT_MEAN), 0),
    claim("generalised_kl", kDistributions, kEvery),
    claim("softmax", XENT_BIT(XENT_LOGITS), XENT_BIT(XENT_NONE), 0),
    claim("log_softmax", XENT_BIT(XENT_LOGITS), XENT_BIT(XENT_NONE), 0),
};
constexpr xent_implementation kCertified = {
    XENT_ABI_VERSION, std::size(kClaims), "certified", "1", kClaims, {}, certified};

std::uint64_t load(const xent_tensor& tensor, std::int64_t index) {
  const auto* bytes = static_cast<const unsigned char*>(tensor.data);
  std::size_t width = 4;
  if (tensor.format == XENT_BINARY64 || tensor.format == XENT_INT64) width = 8;
  if (tensor.format == XENT_BINARY16 || tensor.format == XENT_BFLOAT16) width = 2;
  std::uint64_t bits = 0;
  std::memcpy(&bits, bytes + static_cast<std::size_t>(index) * width, width);
  return bits;
}

std::vector<reference::Number> matrix(const xent_tensor& tensor, std::int64_t rows, std::int64_t classes) {
  std::vector<reference::Number> values;
  for (std::int64_t i = 0; tensor.data != nullptr && i < rows * classes; ++i) {
    const std::int64_t at = i / classes * tensor.row_stride + i % classes * tensor.class_stride;
    values.emplace_back(reference::decode(reference::format(tensor.format), load(tensor, at)));
  }
  return values;
}

std::vector<reference::Number> vector(const xent_tensor& tensor, std::int64_t size, std::int64_t stride) {
  return matrix({tensor.data, tensor.format, 0, stride}, 1, size);
}

// The wanted values, correctly rounded: one for each row, or one for each class of each row.
xent_status answer(const reference::Problem& p, const xent_output& output) {
  auto values = reference::certify(p);
  if (!values) return XENT_UNSUPPORTED;
  const reference::Format& format = reference::format(output.format);
  const bool is_matrix =
      p.wanted == reference::Wanted::gradient || reference::find_loss(p.loss)->entries != nullptr;
  const std::int64_t width = is_matrix ? p.classes : 1;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(values->size()); ++i) {
    const auto bits = (*values)[static_cast<std::size_t>(i)].round(format, reference::Rounding::nearest_even);
    // Derivatives of e^-gap beyond the precision cap are undecided: an end of the enclosure is as good.
    const reference::Bits stored =
        bits ? *bits
             : reference::encode(
                   format,
                   rounded_to(format, (*values)[static_cast<std::size_t>(i)].enclosure().lower_double()));
    const std::size_t bytes = static_cast<std::size_t>(format.width) / 8;
    const std::int64_t at = i / width * output.row_stride + i % width * output.class_stride;
    std::memcpy(static_cast<unsigned char*>(output.data) + static_cast<std::size_t>(at) * bytes, &stored,
                bytes);
  }
  return XENT_OK;
}

xent_status certified(const xent_problem* call, xent_result* result) {
  reference::Problem p;
  p.loss = call->loss;
  p.rows = call->rows;
  p.classes = call->classes;
  p.input_space = call->input_space;
  p.target_space = call->target_space;
  p.input = matrix(call->input, p.rows, p.classes);
  p.target_probs = matrix(call->target_probs, p.rows, p.classes);
  for (std::int64_t row = 0; call->targets.data != nullptr && row < p.rows; ++row) {
    const std::uint64_t bits = load(call->targets, row * call->targets.row_stride);
    const bool wide = call->targets.format == XENT_INT64;
    p.targets.push_back(wide ? static_cast<std::int64_t>(bits) : static_cast<std::int32_t>(bits));
    const bool ignored = call->has_ignore_index != 0 && p.targets.back() == call->ignore_index;
    if (!ignored && (p.targets.back() < 0 || p.targets.back() >= p.classes)) return XENT_TARGET_OUT_OF_RANGE;
  }
  if (call->has_ignore_index != 0) p.ignore_index = call->ignore_index;
  p.class_weights = vector(call->class_weights, p.classes, call->class_weights.class_stride);
  p.sample_weights = vector(call->sample_weights, p.rows, call->sample_weights.row_stride);
  p.upstream = vector(call->upstream, call->reduction == XENT_NONE ? p.rows : 1, call->upstream.row_stride);
  p.label_smoothing = reference::Number(call->label_smoothing);
  p.temperature = reference::Number(call->temperature);
  p.scale = reference::Number(call->scale);
  p.softcap = reference::Number(call->softcap);
  p.z_loss = reference::Number(call->z_loss);
  p.base = reference::Number(call->base);
  p.reduction = call->reduction;
  p.conventions = call->conventions;
  const xent_status status = answer(p, result->loss);
  if (status != XENT_OK || result->grad.data == nullptr) return status;
  p.wanted = reference::Wanted::gradient;
  return answer(p, result->grad);
}

TEST(Judge, FindsNothingInTheReferenceItself) {
  const Report report = smoke(kCertified, kJudgeSeed, kFewTrials);
  EXPECT_TRUE(report.conforms()) << text_report(report);
  for (const LossAccuracy& loss : report.accuracy) {
    EXPECT_EQ(loss.measured_grade, "correctly_rounded") << loss.loss << text_report(report);
  }
}

// 2049 lies midway between two floats of binary16, and 2049 tanh(1000) within e^-1990 of it.
constexpr const char* kOpenRow =
    R"({"id":"accuracy","loss":"softmax_cross_entropy","rows":2,"classes":2,)"
    R"("input":{"space":"logits","format":"binary32","bits":"49fa1f40000000000000000000000000"},"targets":[1,1],)"
    R"("softcap":"2049","loss_format":"binary16"})";

TEST(Judge, FindsAFailureBehindWhatItCannotDecide) {
  const auto trial = trial_of_line(kOpenRow);
  ASSERT_TRUE(trial) << trial.error().message;
  const auto outcome = [&trial](xent_status (*compute)(const xent_problem*, xent_result*)) {
    xent_implementation implementation = kCertified;
    implementation.compute = compute;
    return replay(implementation, *find_law("accuracy"), *trial);
  };
  EXPECT_EQ(outcome(certified).kind, Outcome::Kind::undecided) << outcome(certified).message;
  const Outcome wrong = outcome([](const xent_problem* problem, xent_result* result) {
    const xent_status status = certified(problem, result);
    static_cast<std::uint16_t*>(result->loss.data)[result->loss.row_stride] = 0x3c00;  // 1, for ln 2
    return status;
  });
  EXPECT_EQ(wrong.kind, Outcome::Kind::fail) << wrong.message;
  EXPECT_TRUE(wrong.message.starts_with("row 1: computed 0x1p+0")) << wrong.message;
}

// Cases that no generator makes, but a line of a user may hold.
TEST(Judge, SaysNothingOfCasesOutsideALaw) {
  const std::string kl = R"({"id":"x","loss":"kl","rows":1,"classes":1,"input":{"space":"probabilities",)"
                         R"("format":"binary32","bits":"Q"},"target_probs":{"space":"probabilities",)"
                         R"("format":"binary32","bits":"7f7fffff"},"loss_format":"binary32",)"
                         R"("parameters":["1","1"]})";
  const std::string row = R"({"id":"x","loss":"softmax_cross_entropy","rows":1,"classes":3,"input":{)"
                          R"("space":"logits","format":"binary32","bits":"3f8000003f8000003f800000"},)";
  const std::string parameters = R"("loss_format":"binary32","parameters":["1","2"]})";
  const auto with = [&kl](const char* q) {
    std::string line = kl;
    return line.replace(line.find("Q"), 1, q);
  };
  const std::pair<const char*, std::string> cases[] = {
      {"log_sum", with("7fc00000")},
      {"products", with("7fc00000")},
      {"kl_edges", with("7fc00000")},
      {"log_sum", with("00000001")},  // beyond the format, as it should be
      {"log_sum", with("00000000")},  // infinite
      {"products", with("00000000")},
      {"pinsker_chi2", with("00000000")},
      {"grouping", row + R"("targets":[0],"wanted":"gradient",)" + parameters},
      {"shards", row + R"("targets":[0],"upstream":["2"],"wanted":"gradient",)" + parameters},
      {"shards", row + R"("targets":[-1],"conventions":{"target_out_of_range":"from_end"},)" + parameters}};
  for (const auto& [law, line] : cases) {
    const auto trial = trial_of_line(line);
    ASSERT_TRUE(trial) << trial.error().message;
    const Outcome outcome = replay(*sound_implementation(), *find_law(law), *trial);
    EXPECT_EQ(outcome.kind, Outcome::Kind::inadmissible) << law << " " << line << ": " << outcome.message;
  }
}

// Relations between values that are all the same hold; each law has to look at the values, too.
TEST(Judge, IsNotContentWithTheSameAnswerToAll) {
  static double answer;
  xent_implementation implementation = *sound_implementation();
  implementation.compute = [](const xent_problem* problem, xent_result* result) -> xent_status {
    for (std::int64_t row = 0; row < problem->rows; ++row)
      static_cast<float*>(result->loss.data)[row * result->loss.row_stride] = static_cast<float>(answer);
    return XENT_OK;
  };
  for (const double value : {HUGE_VAL, -HUGE_VAL, std::nan("")}) {
    answer = value;
    for (const char* law : {"entropy_range", "log_sum", "pinsker_chi2", "products", "grouping", "shards"}) {
      CheckOptions options;
      options.level = Level::smoke;
      options.only_law = law;
      options.shrink_budget = 0;
      const LawVerdict verdict = check(implementation, options).laws.at(0);
      EXPECT_EQ(verdict.kind, LawVerdict::Kind::fail) << law << " " << value;
      EXPECT_EQ(verdict.passed, 0) << law << " " << value;
    }
  }
}

// Wrong in a search, and nowhere else.
bool is_searched = false;
xent_implementation wrong_in_a_search() {
  xent_implementation implementation = *sound_implementation();
  implementation.compute = [](const xent_problem* problem, xent_result* result) -> xent_status {
    const xent_status status = sound_implementation()->compute(problem, result);
    if (is_searched && status == XENT_OK && result->loss.data != nullptr && problem->rows > 0)
      *static_cast<float*>(result->loss.data) = -7;
    return status;
  };
  return implementation;
}

CheckOptions long_search() {
  is_searched = false;
  CheckOptions options;
  options.level = Level::smoke;
  options.only_law = "accuracy";
  options.most_trials = 10;
  options.search_seconds = 1000;
  return options;
}

TEST(Judge, KeepsWhatASearchFoundBeforeItWasInterrupted) {
  int seen = 0;
  CheckOptions options = long_search();
  options.progress = [&seen](const Progress& progress) {
    is_searched = progress.searches;
    if (is_searched) ++seen;
  };
  options.interrupted = [&seen] { return seen > 40; };
  const Report report = check(wrong_in_a_search(), options);
  is_searched = false;
  EXPECT_FALSE(report.finished);
  ASSERT_EQ(report.laws.size(), 1U);
  EXPECT_EQ(report.laws[0].kind, LawVerdict::Kind::fail);
  EXPECT_FALSE(report.laws[0].failures.empty());
  const auto found = [](const LossAccuracy& loss) { return loss.regimes.count(Regime::adversarial) == 1; };
  EXPECT_TRUE(std::any_of(report.accuracy.begin(), report.accuracy.end(), found));
}

TEST(Judge, CountsTheTimeOfASearch) {
  using Clock = std::chrono::steady_clock;
  CheckOptions options = long_search();
  options.search_seconds = 2;
  const auto start = Clock::now();
  Progress last;
  options.progress = [&](const Progress& progress) {
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    EXPECT_GE(progress.done, last.done);
    EXPECT_LE(progress.done, 1);
    // What is left by the rule of three.
    if (!progress.searches && progress.done > 0) {
      EXPECT_GT(seconds * (1 - progress.done) / progress.done, 0.9 * options.search_seconds);
    }
    last = progress;
  };
  check(*sound_implementation(), options);
  EXPECT_TRUE(last.searches);
  EXPECT_GT(last.done, 0.9);
}

// Unless it is declared, bits may depend on the batch, within the bounds.
TEST(Judge, LetsBatchesChangeBitsWhereNothingIsDeclared) {
  const xent_implementation& mutant = *find_mutant("batch_changes_bits")->implementation;
  std::vector<xent_claim> claims(mutant.claims, mutant.claims + mutant.claim_count);
  for (xent_claim& claim : claims) claim.guarantees &= ~XENT_BIT(XENT_SAME_BITS_FOR_ANY_BATCH);
  xent_implementation undeclared = mutant;
  undeclared.claims = claims.data();
  CheckOptions options;
  options.level = Level::smoke;
  options.only_law = "batch";
  EXPECT_EQ(check(undeclared, options).laws[0].kind, LawVerdict::Kind::pass);
  EXPECT_EQ(check(mutant, options).laws[0].kind, LawVerdict::Kind::fail);
}

TEST(Judge, NeverConformsByDefault) {
  CheckOptions options;
  options.only_law = "gibbs";  // correct declares no KL: a skip alone proves nothing
  const Report report = check(*fast::correct_implementation(), options);
  EXPECT_EQ(report.laws[0].kind, LawVerdict::Kind::skip);
  EXPECT_FALSE(report.conforms());
}

}  // namespace
}  // namespace xent::properties
