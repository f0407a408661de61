#include "properties/workers.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "fast/implementations.h"
#include "properties/isolated.h"
#include "properties/profile.h"
#include "properties/report.h"
#include "properties/testing.h"

namespace xent::properties {
namespace {

using reference::Error;
using reference::Expected;

CheckOptions options(int jobs) {
  CheckOptions options;
  options.level = Level::smoke;
  options.seed = 5;
  options.most_trials = 5;
  options.shrink_budget = 20000;
  options.jobs = jobs;
  return options;
}

std::string everything(const Report& report) {
  return text_report(report) + json_report(report) + profile_text(report);
}

std::string report_by(const Subject& subject, int jobs) {
  return everything(check(subject, options(jobs)));
}

std::string thrown(const Subject& subject, const CheckOptions& options) {
  try {
    check(subject, options);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "nothing";
}

TEST(Workers, GatherTheEvidenceOfOneProcess) {
  for (const auto* implementation : {fast::naive_implementation(), fast::stable_implementation()}) {
    const Subject subject(*implementation);
    const std::string alone = report_by(subject, 1);
    for (const int jobs : {2, 3}) EXPECT_EQ(report_by(subject, jobs), alone) << implementation->name;
  }
}

TEST(Workers, HaveEachARemoteOfTheirOwn) {
  const auto load = []() -> Expected<const xent_implementation*> { return fast::naive_implementation(); };
  const auto remote = isolated(load, {});
  ASSERT_TRUE(remote) << remote.error().message;
  const Subject subject(*remote);
  EXPECT_EQ(report_by(subject, 2), report_by(subject, 1));
}

TEST(Workers, ShareTheRoundsOfADeepRun) {
  CheckOptions deep = options(1);
  deep.level = Level::deep;
  deep.most_trials = 5;
  deep.most_rounds = 3;
  const Subject subject(*fast::naive_implementation());
  const std::string alone = everything(check(subject, deep));
  deep.jobs = 2;
  EXPECT_EQ(everything(check(subject, deep)), alone);
}

TEST(Workers, ShareASearch) {
  CheckOptions searching = options(2);
  searching.search_seconds = 0.5;
  searching.only_law = "accuracy";
  const std::string report = text_report(check(Subject(*fast::stable_implementation()), searching));
  EXPECT_NE(report.find("adversarial"), std::string::npos) << report;
}

TEST(Workers, TellHowFarAllAre) {
  CheckOptions alone = options(1);
  Progress end;
  alone.progress = [&end](const Progress& progress) { end = progress; };
  const Subject subject(*fast::naive_implementation());
  gather(subject, alone);
  CheckOptions shared = options(2);
  Progress last;
  int told = 0;
  shared.progress = [&](const Progress& progress) {
    EXPECT_NE(progress.law, nullptr);
    EXPECT_EQ(progress.laws, end.laws);
    EXPECT_GE(progress.done, last.done);
    EXPECT_LE(progress.trials, end.trials);
    last = progress;
    ++told;
  };
  gather(subject, shared);
  EXPECT_GT(told, 0);
  EXPECT_GT(last.failures, 0);
}

TEST(Workers, EndWhereTheyAreWhenInterrupted) {
  CheckOptions interrupted = options(2);
  interrupted.most_trials = 0;
  interrupted.level = Level::standard;
  int asked = 0;
  const auto parent = getpid();
  interrupted.interrupted = [&] { return getpid() == parent && ++asked > 3; };
  const Report report = check(Subject(*fast::stable_implementation()), interrupted);
  EXPECT_FALSE(report.finished);
  EXPECT_FALSE(report.laws.empty());
}

xent_status ends_the_process(const xent_problem*, xent_result*) {
  std::raise(SIGKILL);
  return XENT_OK;
}

TEST(Workers, ThatAreEndedAreNamed) {
  xent_implementation deadly = *fast::stable_implementation();
  deadly.compute = ends_the_process;
  EXPECT_EQ(thrown(Subject(deadly), options(2)),
            "a process that tried inputs was ended by signal 9 (Killed)");
}

// Runs here and nowhere else.
class Only : public Remote {
 public:
  const xent_implementation& declaration() const override { return *fast::stable_implementation(); }
  Response run(const reference::Problem&, const Layout&) override { return {}; }
  bool has_layouts() const override { return false; }
  Expected<std::shared_ptr<Remote>> again(std::function<bool()>) const override {
    return Error{"the port is taken"};
  }
  int times_lost() const override { return 0; }
};

TEST(Workers, SayWhyThereIsNoSecond) {
  EXPECT_EQ(thrown(Subject(std::make_shared<Only>()), options(2)),
            "--jobs: it does not run twice at a time: the port is taken");
}

TEST(Workers, InterruptedAtTheirStartLeaveAnUnfinishedRun) {
  CheckOptions interrupted = options(2);
  interrupted.interrupted = [] { return true; };
  const Report report = check(Subject(std::make_shared<Only>()), interrupted);
  EXPECT_FALSE(report.finished);
  EXPECT_FALSE(report.conforms());
}

}  // namespace
}  // namespace xent::properties
