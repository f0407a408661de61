#include "properties/evidence.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "fast/implementations.h"
#include "properties/judge.h"
#include "properties/part.h"
#include "properties/profile.h"
#include "properties/report.h"

namespace xent::properties {
namespace {

CheckOptions options(int most_trials = 12) {
  CheckOptions options;
  options.level = Level::smoke;
  options.seed = 5;
  options.most_trials = most_trials;
  options.shrink_budget = 20000;
  return options;
}

std::vector<Evidence> parts(const xent_implementation& implementation, CheckOptions options, int count) {
  std::vector<Evidence> all;
  for (int i = 1; i <= count; ++i) {
    options.shard = {i, count};
    all.push_back(gather(Subject(implementation), options));
  }
  return all;
}

std::string everything(const Report& report) {
  return text_report(report) + json_report(report) + profile_text(report);
}

// naive fails several laws, each at its own input, and stable keeps some laws that it does not claim.
TEST(Evidence, OfPartsGivesTheReportOfOneRun) {
  for (const auto* implementation : {fast::naive_implementation(), fast::stable_implementation()}) {
    const std::string whole = everything(check(*implementation, options()));
    for (const int count : {1, 2, 5}) {
      std::vector<Evidence> all = parts(*implementation, options(), count);
      for (Evidence& part : all) {
        const std::string text = part_text(part);
        auto read = read_part(text);
        ASSERT_TRUE(read) << read.error().message;
        EXPECT_EQ(part_text(*read), text);
        part = std::move(*read);
      }
      std::reverse(all.begin(), all.end());
      const auto joined = join(std::move(all));
      ASSERT_TRUE(joined) << joined.error().message;
      EXPECT_EQ(everything(conclude(*joined)), whole) << implementation->name << " in " << count;
    }
  }
}

// A law none of whose inputs met its premises has not passed.
TEST(Evidence, OfNoInputThatCountsIsASkip) {
  ClaimEvidence claim = {3, {}};
  for (int index = 0; index < claim.trials; ++index)
    claim.seen.push_back({index, Outcome::inadmissible("no"), std::nullopt, {}});
  Evidence evidence;
  evidence.laws.push_back({find_law("sandwich"), "", "", {claim}});
  const Report report = conclude(evidence);
  ASSERT_EQ(report.laws.size(), 1U);
  EXPECT_EQ(report.laws[0].kind, LawVerdict::Kind::skip);
  EXPECT_EQ(report.laws[0].reason, "tested nothing: none of 3 inputs meets the premises; the last: no");
  EXPECT_FALSE(report.conforms());
}

TEST(Evidence, GivesEveryTrialToOnePartEvenly) {
  const Law& law = *find_law("accuracy");
  for (const int count : {2, 3, 11}) {
    std::vector<int> trials(static_cast<std::size_t>(count));
    std::vector<int> long_ones(trials.size());
    for (int index = 0; index < 1100; ++index) {
      int owners = 0;
      for (int i = 1; i <= count; ++i) {
        if (!belongs({i, count}, law, "nll", index)) continue;
        ++owners;
        ++trials[static_cast<std::size_t>(i - 1)];
        long_ones[static_cast<std::size_t>(i - 1)] += index % 11 == 10 ? 1 : 0;
      }
      EXPECT_EQ(owners, 1) << index;
    }
    const auto [fewest, most] = std::minmax_element(trials.begin(), trials.end());
    EXPECT_LE(*most - *fewest, 1);
    // Every eleventh trial is a long one: no part gets none of them, or more than three times its share.
    EXPECT_GT(*std::min_element(long_ones.begin(), long_ones.end()), 0);
    EXPECT_LE(*std::max_element(long_ones.begin(), long_ones.end()), 3 * 100 / count);
  }
}

TEST(Evidence, IsRefusedUnlessItIsAllPartsOfOneRun) {
  const auto error = [](const std::vector<Evidence>& all) {
    const auto joined = join(all);
    return joined ? "joined" : joined.error().message;
  };
  const std::vector<Evidence> good = parts(*fast::stable_implementation(), options(2), 3);
  EXPECT_EQ(error(good), "joined");
  EXPECT_EQ(error({}), "part: none; accepted: all parts of a run");
  EXPECT_EQ(error({good[0], good[2]}), "part: 2/3 is missing; accepted: all parts");
  EXPECT_EQ(error({good[0], good[1], good[2], good[1]}),
            "part: 2/3 twice is not accepted; accepted: each part once");
  std::vector<Evidence> bad = good;
  bad[1].seed = 6;
  EXPECT_NE(error(bad).find("seed 6"), std::string::npos);
  bad = good;
  bad[2].xent = "0.0.1";
  EXPECT_NE(error(bad).find("by xent 0.0.1 is not accepted"), std::string::npos) << error(bad);
  bad = good;
  bad[2].laws.pop_back();
  EXPECT_NE(error(bad).find("the laws are not those"), std::string::npos);
  bad[2].laws.clear();
  EXPECT_NE(error(bad).find("3/3 is of a run that did not come to its end"), std::string::npos);
}

// Interrupts after a number of trials.
Report cut_short(const xent_implementation& implementation, int trials) {
  CheckOptions some = options();
  int begun = 0;
  some.progress = [&begun](const Progress&) { ++begun; };
  some.interrupted = [&begun, trials] { return begun > trials; };
  return check(implementation, some);
}

TEST(Evidence, OfAnInterruptedRunNeverConforms) {
  const auto& stable = *fast::stable_implementation();
  ASSERT_TRUE(check(stable, options()).conforms());
  for (const int trials : {0, 1, 300}) {
    const Report report = cut_short(stable, trials);
    EXPECT_FALSE(report.finished);
    EXPECT_FALSE(report.conforms());
    EXPECT_FALSE(report.failed());
    EXPECT_EQ(report.laws.size(), all_laws().size());
    EXPECT_EQ(text_report(report).find("conforms"), std::string::npos);
    EXPECT_NE(text_report(report).find("cut short"), std::string::npos);
    EXPECT_EQ(read_profile(profile_text(report))->finished, false);
  }
}

TEST(Evidence, OfAnInterruptedPartMakesTheWholeUnfinished) {
  const auto& stable = *fast::stable_implementation();
  std::vector<Evidence> all = parts(stable, options(), 2);
  CheckOptions second = options();
  second.shard = {2, 2};
  int begun = 0;
  second.progress = [&begun](const Progress&) { ++begun; };
  second.interrupted = [&begun] { return begun > 50; };
  all[1] = gather(Subject(stable), second);
  const auto joined = join(std::move(all));
  ASSERT_TRUE(joined) << joined.error().message;
  const Report report = conclude(*joined);
  EXPECT_FALSE(report.finished);
  EXPECT_FALSE(report.conforms());
  EXPECT_NE(text_report(report).find("cut short"), std::string::npos);
}

TEST(Evidence, OfAnInterruptedRunKeepsTheFailuresFound) {
  const Report report = cut_short(*fast::naive_implementation(), 200);
  EXPECT_TRUE(report.failed());
  EXPECT_NE(text_report(report).find("does NOT conform"), std::string::npos);
}

TEST(Evidence, LeavesOutATrialDuringWhichItWasInterrupted) {
  CheckOptions one = options(1);
  one.only_law = "mask";
  bool stop = false;
  one.progress = [&stop](const Progress&) { stop = true; };
  one.interrupted = [&stop] { return stop; };
  const Report report = check(*fast::naive_implementation(), one);
  EXPECT_EQ(report.laws.at(0).kind, LawVerdict::Kind::cut_short);
  EXPECT_EQ(report.laws.at(0).passed + report.laws.at(0).failed, 0);
}

TEST(Evidence, OfALawThatMeasuresGoesOnAfterAFailure) {
  CheckOptions measured = options(60);
  measured.only_law = "accuracy";
  const auto outputs = [&](const xent_implementation& implementation) {
    std::map<std::string, std::int64_t> counted;
    for (const LossAccuracy& loss : check(implementation, measured).accuracy) {
      for (const auto& [regime, seen] : loss.regimes) counted[loss.loss] += seen.outputs;
    }
    return counted;
  };
  EXPECT_EQ(outputs(*fast::naive_implementation())["softmax_cross_entropy"],
            outputs(*fast::stable_implementation())["softmax_cross_entropy"]);
}

TEST(Evidence, EndsWhereAnImplementationKeepsFailingWithoutAnAnswer) {
  xent_implementation mute = *fast::stable_implementation();
  mute.compute = [](const xent_problem*, xent_result*) -> xent_status { return XENT_INVALID; };
  CheckOptions measured = options(60);
  measured.only_law = "accuracy";
  const Report report = check(mute, measured);
  EXPECT_EQ(report.laws.at(0).failed, 20 * static_cast<int>(mute.claim_count));
  EXPECT_EQ(report.laws.at(0).failures.size(), mute.claim_count);
  const auto joined = join(parts(mute, measured, 3));
  ASSERT_TRUE(joined);
  EXPECT_EQ(everything(conclude(*joined)), everything(report));
}

CheckOptions deep(int rounds, const std::string& law, int most_trials = 12) {
  CheckOptions deep = options(most_trials);
  deep.level = Level::deep;
  deep.most_rounds = rounds;
  deep.only_law = law;
  return deep;
}

TEST(Deep, IsOneRoundAfterAnotherWithOtherInputs) {
  std::set<std::string> inputs;
  static std::set<std::string>* seen;
  seen = &inputs;
  xent_implementation watched = *fast::stable_implementation();
  watched.compute = [](const xent_problem* p, xent_result* r) {
    // The first row.
    const auto bytes = static_cast<std::size_t>(p->classes) * (p->input.format == XENT_BINARY64 ? 8 : 4);
    seen->emplace(static_cast<const char*>(p->input.data), p->rows == 0 ? 0 : bytes);
    return fast::stable_implementation()->compute(p, r);
  };
  const Report one = check(watched, deep(1, "mask"));
  const std::size_t inputs_of_one = inputs.size();
  const Report three = check(watched, deep(3, "mask"));
  EXPECT_EQ(one.rounds, 1);
  EXPECT_EQ(three.rounds, 3);
  EXPECT_TRUE(three.conforms()) << text_report(three);
  const auto tried = [](const LawVerdict& law) { return law.passed + law.inadmissible; };
  EXPECT_EQ(tried(three.laws.at(0)), 3 * tried(one.laws.at(0)));
  EXPECT_GT(inputs.size(), 2 * inputs_of_one);
  EXPECT_EQ(json_report(check(watched, deep(3, "mask"))), json_report(three));
}

TEST(Deep, BeginsWithTheInputsOfAStandardRun) {
  CheckOptions standard = options();
  standard.level = Level::standard;
  standard.only_law = "accuracy";
  const auto accuracy = [](const CheckOptions& options) {
    return nlohmann::json::parse(json_report(check(*fast::correct_implementation(), options)))["accuracy"];
  };
  EXPECT_EQ(accuracy(deep(1, "accuracy")), accuracy(standard));
}

TEST(Deep, AsksNothingMoreWhereALawHasFailed) {
  const Report one = check(*fast::naive_implementation(), deep(1, "nonnegativity", 0));
  const Report three = check(*fast::naive_implementation(), deep(3, "nonnegativity", 0));
  ASSERT_FALSE(one.laws.at(0).failures.empty());
  EXPECT_EQ(three.rounds, 1);
  EXPECT_EQ(three.laws.at(0).passed, one.laws.at(0).passed);
}

TEST(Deep, EndsItsFirstRoundAndThenMindsTheTime) {
  CheckOptions hasty = deep(0, "mask");
  hasty.budget_seconds = 1e-9;
  const Report first = check(*fast::stable_implementation(), hasty);
  EXPECT_EQ(first.rounds, 1);
  EXPECT_TRUE(first.conforms());
  // As many rounds as fit in, and the last as far as it got; on a machine that is slow, one.
  CheckOptions brief = deep(0, "mask");
  brief.budget_seconds = 0.5;
  double last = 0;
  brief.progress = [&last](const Progress& progress) {
    EXPECT_GE(progress.done, last);
    EXPECT_LE(progress.done, 1);
    last = progress.done;
  };
  EXPECT_TRUE(check(*fast::stable_implementation(), brief).conforms());
  EXPECT_GT(last, 0);
  CheckOptions patient = deep(0, "mask");
  patient.budget_seconds = 1e9;
  int round = 0;
  patient.progress = [&round](const Progress& progress) { round = progress.round; };
  patient.interrupted = [&round] { return round == 2; };
  EXPECT_EQ(check(*fast::stable_implementation(), patient).rounds, 3);
}

TEST(Deep, SaysWhenItWasInterrupted) {
  CheckOptions interrupted = deep(3, "mask");
  int round = 0;
  interrupted.progress = [&round](const Progress& progress) { round = progress.round; };
  interrupted.interrupted = [&round] { return round == 1; };
  const Report report = check(*fast::stable_implementation(), interrupted);
  EXPECT_EQ(report.rounds, 2);
  EXPECT_FALSE(report.finished);
  EXPECT_FALSE(report.conforms());
}

TEST(Progress, ReachesItsEnd) {
  CheckOptions watched = options();
  std::int64_t last = -1;
  Progress at_end;
  watched.progress = [&](const Progress& progress) {
    EXPECT_GT(progress.trials_done, last);
    EXPECT_LT(progress.trials_done, progress.trials);
    last = progress.trials_done;
    at_end = progress;
  };
  check(*fast::stable_implementation(), watched);
  EXPECT_EQ(at_end.trials_done + 1, at_end.trials);
  EXPECT_EQ(at_end.failures, 0);
  last = -1;
  check(*fast::naive_implementation(), watched);
  EXPECT_GT(at_end.failures, 0);
}

TEST(Progress, OfAPartIsThatOfItsShare) {
  CheckOptions watched = options(7);
  std::int64_t in_all = 0;
  for (const int count : {3, 50}) {
    std::int64_t trials = 0;
    for (int i = 1; i <= count; ++i) {
      watched.shard = {i, count};
      Progress at_end;
      watched.progress = [&at_end](const Progress& progress) { at_end = progress; };
      gather(Subject(*fast::stable_implementation()), watched);
      EXPECT_EQ(at_end.trials_done + 1, at_end.trials) << i << "/" << count;
      trials += at_end.trials;
    }
    if (in_all == 0) in_all = trials;
    EXPECT_EQ(trials, in_all);
  }
}

// Computes as stable. Whether it loses a small loss of five classes or more, to 0.
bool loses_a_loss(const xent_problem* problem, xent_result* result) {
  const bool is_float = fast::stable_implementation()->compute(problem, result) == XENT_OK &&
                        result->loss.format == XENT_BINARY32;
  return is_float && problem->classes >= 5 && *static_cast<const float*>(result->loss.data) == 0;
}

xent_status refuses(const xent_problem* problem, xent_result* result) {
  return loses_a_loss(problem, result) ? XENT_FAILED : XENT_OK;
}

xent_status writes_its_input(const xent_problem* problem, xent_result* result) {
  if (loses_a_loss(problem, result)) *static_cast<float*>(const_cast<void*>(problem->input.data)) += 1;
  return XENT_OK;
}

TEST(Evidence, OfALawThatIsNotClaimedCountsABrokenContract) {
  CheckOptions measured = options(60);
  measured.only_law = "small_loss";
  const std::pair<decltype(&refuses), std::string> kBroken[] = {
      {refuses, fmt::format("returned status {} for a valid problem", XENT_FAILED)},
      {writes_its_input, "an input was written"}};
  for (const auto& [compute, message] : kBroken) {
    xent_implementation broken = *fast::stable_implementation();
    broken.compute = compute;
    const Report report = check(broken, measured);
    const LawVerdict& verdict = report.laws.at(0);
    EXPECT_EQ(verdict.kind, LawVerdict::Kind::fail) << text_report(report);
    ASSERT_EQ(verdict.failures.size(), 1U);
    // What is small enough to lose a loss alone is no smaller case of it.
    EXPECT_EQ(verdict.failures[0].message, message);
    EXPECT_EQ(verdict.failures[0].trial.problem.classes, 5);
    EXPECT_NE(verdict.reason.find("does not claim"), std::string::npos);
    EXPECT_LT(verdict.passed + verdict.failed + verdict.inadmissible, 60) << "the law ends there";
    for (const int count : {2, 5}) {
      const auto joined = join(parts(broken, measured, count));
      ASSERT_TRUE(joined);
      EXPECT_EQ(everything(conclude(*joined)), everything(report)) << count;
    }
  }
}

}  // namespace
}  // namespace xent::properties
