// The reference against FLINT/Arb on random problems: where a mistake in either would show.

#include <gtest/gtest.h>

#include <cstdlib>

#include "golden/arb_oracle.h"
#include "golden/random_cases.h"

namespace xent::golden {
namespace {

constexpr std::uint64_t kSeed = 20240607;
constexpr int kProblems = 1000;  // in each regime

bool has_all_roundings(const Answer& a) {
  return !a.binary16.empty() && !a.bfloat16.empty() && !a.binary32.empty() && !a.binary64.empty();
}

// The environment may ask for another seed and more problems: XENT_SEED, XENT_PROBLEMS.
std::uint64_t setting(const char* name, std::uint64_t standard) {
  const char* text = std::getenv(name);
  return text == nullptr ? standard : std::strtoull(text, nullptr, 10);
}

// Every rounding of every answer, in all directions.
std::vector<arb::Claim> roundings(const reference::Problem& problem) {
  std::vector<arb::Claim> claims;
  auto values = reference::certify(problem);
  for (std::size_t i = 0; values && i < values->size(); ++i) {
    for (const reference::Format& format : reference::formats()) {
      for (const reference::Rounding direction : reference::kRoundings) {
        const auto value = (*values)[i].rounded(format, direction);
        claims.push_back(
            {i, format.name, reference::name(direction), value ? reference::hexfloat(*value) : "undecided"});
      }
    }
  }
  return claims;
}

void cross_examine(Regime regime) {
  const std::uint64_t seed = setting("XENT_SEED", kSeed) + static_cast<std::uint64_t>(regime);
  const auto problems = setting("XENT_PROBLEMS", kProblems);
  RandomCases random(regime, seed);
  arb::Report report;
  std::size_t undecided = 0;
  std::size_t exact = 0;
  for (std::uint64_t i = 0; i < problems; ++i) {
    Case c = random.next();
    auto answers = answer(c.problem, static_cast<int>(1 + i % 40));
    ASSERT_TRUE(answers) << answers.error().message << "\n" << write(c);
    c.answers = std::move(*answers);
    const std::string line = write(c);
    const auto copy = read(line);
    ASSERT_TRUE(copy) << copy.error().message << "\n" << line;
    ASSERT_EQ(write(*copy), line);
    for (const Answer& a : c.answers) {
      undecided += a.status == "undecided" ? 1 : 0;
      exact += a.status == "exact" ? 1 : 0;
      EXPECT_TRUE(has_all_roundings(a))
          << line;  // only decimal digits beyond MPFR's exponents may be missing
    }
    const std::size_t before = report.findings.size();
    arb::check_line(line, report, roundings(c.problem));
    for (std::size_t k = before; k < report.findings.size(); ++k)
      ADD_FAILURE() << report.findings[k] << "\n" << line;
    if (::testing::Test::HasFailure() && i > problems / 10) break;
  }
  std::printf("seed %llu: %zu problems, %zu answers (%zu exact, %zu undecided), %zu comparisons\n",
              static_cast<unsigned long long>(seed), report.cases, report.answers, exact, undecided,
              report.comparisons);
}

TEST(ArbCross, ConfirmsEveryBitPattern) {
  cross_examine(Regime::patterns);
}
TEST(ArbCross, ConfirmsTypedDecimals) {
  cross_examine(Regime::typed);
}
TEST(ArbCross, ConfirmsGapsTiesAndOffsets) {
  cross_examine(Regime::gaps);
}
TEST(ArbCross, ConfirmsExactValues) {
  cross_examine(Regime::exact);
}

}  // namespace
}  // namespace xent::golden
