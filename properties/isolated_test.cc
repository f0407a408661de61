#include "properties/isolated.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ostream>
#include <stdexcept>

#include "fast/implementations.h"
#include "properties/call.h"
#include "properties/judge.h"
#include "properties/mutants.h"
#include "properties/patience.h"
#include "properties/report.h"
#include "properties/testing.h"

namespace xent::properties {
namespace {

using reference::Number;
using reference::Problem;

Problem row_of(std::int64_t classes) {
  Problem p;
  p.loss = "softmax_cross_entropy";
  p.rows = 1;
  p.classes = classes;
  p.input.assign(static_cast<std::size_t>(classes), Number(1.0));
  p.targets = {0};
  p.input_format = XENT_BINARY32;
  p.loss_format = XENT_BINARY32;
  return p;
}

using Compute = xent_status (*)(const xent_problem*, xent_result*);

Limits short_limits() {
  Limits limits;
  limits.call_seconds = 0.5;
  return limits;
}

std::shared_ptr<Remote> isolate(Compute compute, const Limits& limits = short_limits()) {
  const auto load = [compute]() -> reference::Expected<const xent_implementation*> {
    static xent_implementation implementation = {XENT_ABI_VERSION, 1, "test", "1", &kPlainClaim, {}, nullptr};
    implementation.compute = compute;
    return &implementation;
  };
  auto remote = isolated(load, limits);
  EXPECT_TRUE(remote.has_value()) << remote.error().message;
  return remote ? *remote : nullptr;
}

constexpr Layout kDense = {0, 1, 0, true};

// The buffers' elements end at the guard for three classes in a row, and begin there for two.
constexpr std::int64_t kAtEnd = 3;
constexpr std::int64_t kAtStart = 2;

float* loss_at(xent_result* result) {
  return static_cast<float*>(result->loss.data);
}
const float* logits(const xent_problem* p) {
  return static_cast<const float*>(p->input.data);
}

xent_status first_logit(const xent_problem* p, xent_result* result) {
  for (std::int64_t r = 0; r < p->rows; ++r)
    loss_at(result)[r * result->loss.row_stride] = logits(p)[r * p->input.row_stride];
  return XENT_OK;
}

TEST(Isolated, HandsOverWhatAnInProcessCallDoes) {
  const auto remote = isolate(first_logit);
  for (std::int64_t rows = 1; rows <= 5; ++rows) {
    Problem p = row_of(7);
    p.rows = rows;
    p.input.clear();
    for (std::int64_t i = 0; i < rows * 7; ++i) p.input.emplace_back(static_cast<double>(i));
    p.targets.assign(static_cast<std::size_t>(rows), 0);
    for (const Layout& layout : {Layout{0, 1, 0, true}, Layout{5, 3, 2, false}, Layout{64, 2, 7, true, 2}}) {
      const Response response = remote->run(p, layout);
      EXPECT_EQ(response.defect, "");
      ASSERT_EQ(response.loss.size(), static_cast<std::size_t>(rows));
      for (std::size_t r = 0; r < response.loss.size(); ++r)
        EXPECT_EQ(response.loss[r], 7.0 * static_cast<double>(r));
    }
  }
}

TEST(Isolated, GrowsWithTheProblem) {
  const auto remote = isolate(first_logit);
  for (const std::int64_t classes : {3, 2000000, 3}) {
    const Response response = remote->run(row_of(classes), kDense);
    EXPECT_EQ(response.defect, "");
    EXPECT_EQ(response.loss, std::vector<double>{1});
  }
}

Problem three_rows() {
  Problem p = row_of(3);
  p.rows = 3;
  p.input.clear();
  for (int i = 0; i < 9; ++i) p.input.emplace_back(static_cast<double>(i));
  p.targets = {0, 0, 0};
  return p;
}

Layout far_apart() {
  Layout layout = kDense;
  layout.gap = std::int64_t{1} << 31;
  return layout;
}

// Before and behind a call whose buffers are larger than memory.
TEST(Isolated, PutsRowsFarApart) {
  const auto remote = isolate(first_logit);
  for (const Layout& layout : {far_apart(), kDense, far_apart()}) {
    const Response response = remote->run(three_rows(), layout);
    EXPECT_EQ(response.defect, "");
    EXPECT_EQ(response.loss, (std::vector<double>{0, 3, 6}));
  }
}

TEST(Isolated, NamesWhatAnIndexOf32BitsTouches) {
  const auto remote = isolate([](const xent_problem* p, xent_result* result) -> xent_status {
    for (int r = 0; r < static_cast<int>(p->rows); ++r) {
      const auto at = static_cast<std::int32_t>(r * p->input.row_stride);
      loss_at(result)[r] = logits(p)[at];
    }
    return XENT_OK;
  });
  EXPECT_EQ(remote->run(three_rows(), kDense).loss, (std::vector<double>{0, 3, 6}));
  EXPECT_NE(remote->run(three_rows(), far_apart()).defect.find("signal 11"), std::string::npos);
}

// What a library may do instead of answering, and what is said of it.
struct Deed {
  const char* name;
  Compute compute;
  std::int64_t classes;
  const char* defect;
};

void PrintTo(const Deed& deed, std::ostream* out) {
  *out << deed.name;
}

xent_status crash(const xent_problem*, xent_result*) {
  volatile std::uintptr_t address = 8;
  *reinterpret_cast<volatile int*>(address) = 1;
  return XENT_OK;
}
xent_status do_exit(const xent_problem*, xent_result*) {
  std::exit(0);
}
xent_status do_abort(const xent_problem*, xent_result*) {
  std::fputs("first line\nthe invariant does not hold\n", stderr);
  std::abort();
}
xent_status hang(const xent_problem*, xent_result*) {
  for (;;) pause();
}
xent_status throw_up(const xent_problem*, xent_result*) {
  throw std::runtime_error("no such kernel");
}
xent_status print(const xent_problem* p, xent_result* result) {
  std::puts("hello");
  return first_logit(p, result);
}
__attribute__((noinline)) int deeper(volatile int* above, int n) {
  volatile int frame[1024];
  frame[n % 1024] = *above + n;
  return n == 1 << 30 ? 0 : deeper(frame, n + 1) + frame[(n + 1) % 1024];
}
xent_status overflow_stack(const xent_problem*, xent_result*) {
  volatile int start = 0;
  return deeper(&start, 0) == 7 ? XENT_OK : XENT_FAILED;
}
xent_status write_input(const xent_problem* p, xent_result* result) {
  const_cast<float*>(logits(p))[1] = 0;
  return first_logit(p, result);
}
xent_status read_past_end(const xent_problem* p, xent_result* result) {
  // The elements end as near the page as an address of 64 n allows: within 64 bytes of it.
  volatile float sum = 0;
  for (std::int64_t c = 0; c < p->classes + 16; ++c) sum = sum + logits(p)[c];
  return first_logit(p, result);
}
xent_status read_before_start(const xent_problem* p, xent_result* result) {
  volatile float before = logits(p)[-1];
  static_cast<void>(before);
  return first_logit(p, result);
}
xent_status write_past_loss(const xent_problem* p, xent_result* result) {
  loss_at(result)[16] = 1;
  return first_logit(p, result);
}
xent_status write_beside_loss(const xent_problem* p, xent_result* result) {
  loss_at(result)[-1] = 1;
  return first_logit(p, result);
}
xent_status close_everything(const xent_problem* p, xent_result* result) {
  for (int file = 3; file < 256; ++file) close(file);
  return first_logit(p, result);
}
xent_status write_without_end(const xent_problem*, xent_result*) {
  for (;;) std::fputs("0123456789abcdef0123456789abcdef0123456789abcdef\n", stdout);
}
xent_status say_no(const xent_problem*, xent_result*) {
  return XENT_UNSUPPORTED;
}

const Deed kDeeds[] = {
    {"crash", crash, kAtEnd, "it ended the process: signal 11 (Segmentation fault), touching address 8"},
    {"exit", do_exit, kAtEnd, "it called exit(0)"},
    {"abort", do_abort, kAtEnd,
     "it ended the process: signal 6 (Aborted), having complained: the invariant does not hold"},
    {"hang", hang, kAtEnd, "no answer in time"},
    {"exception", throw_up, kAtEnd, "it threw an exception: no such kernel"},
    {"print", print, kAtEnd, "it printed: hello"},
    {"stack", overflow_stack, kAtEnd,
     "it ended the process: signal 11 (Segmentation fault), a stack overflow"},
    {"write_input", write_input, kAtEnd,
     "it ended the process: signal 11 (Segmentation fault), touching input, which is only to be read"},
    {"read_past_end", read_past_end, kAtEnd,
     "it ended the process: signal 11 (Segmentation fault), touching 52 bytes past the end of input"},
    {"read_before_start", read_before_start, kAtStart,
     "it ended the process: signal 11 (Segmentation fault), touching 4 bytes before input"},
    {"write_past_loss", write_past_loss, kAtEnd,
     "it ended the process: signal 11 (Segmentation fault), touching 60 bytes past the end of loss"},
    {"write_beside_loss", write_beside_loss, kAtEnd, "memory outside the loss was written"},
    {"close_everything", close_everything, kAtEnd, "it closed files that are not its own"},
    {"write_without_end", write_without_end, kAtEnd,
     "it ended the process: signal 25 (File size limit exceeded)"},
};

class EveryDeed : public testing::TestWithParam<Deed> {};

TEST_P(EveryDeed, IsNamed) {
  const Deed& deed = GetParam();
  const auto remote = isolate(deed.compute);
  const Response response = remote->run(row_of(deed.classes), kDense);
  EXPECT_FALSE(response.usable());
  EXPECT_EQ(response.defect, deed.defect);
}

INSTANTIATE_TEST_SUITE_P(Isolated, EveryDeed, testing::ValuesIn(kDeeds),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Isolated, BlamesWhatIsPrintedBeforeAnExceptionOnThatCallAlone) {
  const auto remote = isolate([](const xent_problem* p, xent_result* result) -> xent_status {
    if (p->classes == 3) return first_logit(p, result);
    std::puts("about to throw");
    throw std::runtime_error("no such kernel");
  });
  EXPECT_EQ(remote->run(row_of(4), kDense).defect, "it threw an exception: no such kernel");
  EXPECT_EQ(remote->run(row_of(3), kDense).defect, "");
}

TEST(Isolated, FindsAForkedProcessThatAnswersToo) {
  const auto remote = isolate([](const xent_problem* p, xent_result* result) -> xent_status {
    if (p->classes == 4) static_cast<void>(fork());
    return first_logit(p, result);
  });
  std::string defect;
  // The second answer comes when it comes.
  for (int i = 0; i < 100 && defect.empty(); ++i) {
    remote->run(row_of(4), kDense);
    usleep(1000);
    defect = remote->run(row_of(3), kDense).defect;
  }
  EXPECT_EQ(defect, "it answered twice: does it fork?");
  EXPECT_EQ(remote->run(row_of(3), kDense).loss, std::vector<double>{1});
}

TEST(Isolated, MaySayWhatItIsWhileLoading) {
  const auto load = []() -> reference::Expected<const xent_implementation*> {
    std::printf("test library, version 1\n");
    static const xent_implementation kImplementation = {XENT_ABI_VERSION, 1,  "test",     "1",
                                                        &kPlainClaim,     {}, first_logit};
    return &kImplementation;
  };
  const auto remote = isolated(load, short_limits());
  ASSERT_TRUE(remote.has_value());
  EXPECT_EQ((*remote)->run(row_of(3), kDense).defect, "");
}

TEST(Isolated, EndsItsOwnProcessWhereLoadingThrows) {
  const pid_t judge = getpid();
  const auto load = []() -> reference::Expected<const xent_implementation*> {
    throw std::runtime_error("no licence file");
  };
  try {
    const auto remote = isolated(load, short_limits());
    ASSERT_FALSE(remote.has_value());
    EXPECT_NE(remote.error().message.find("signal 6 (Aborted)"), std::string::npos) << remote.error().message;
    EXPECT_NE(remote.error().message.find("no licence file"), std::string::npos) << remote.error().message;
  } catch (const std::runtime_error&) {
    if (getpid() != judge) _exit(3);  // or the tests would go on twice
    FAIL();
  }
}

TEST(Isolated, IsAskedForTheLossesThatAreKnown) {
  const auto load = []() -> reference::Expected<const xent_implementation*> {
    static const xent_claim kClaims[] = {[] {
                                           xent_claim unknown = kPlainClaim;
                                           unknown.loss = "focal_loss";
                                           return unknown;
                                         }(),
                                         kPlainClaim};
    static const xent_implementation kImplementation = {XENT_ABI_VERSION, 2,  "test",     "1",
                                                        kClaims,          {}, first_logit};
    return &kImplementation;
  };
  const auto remote = isolated(load, short_limits());
  ASSERT_TRUE(remote.has_value()) << remote.error().message;
  ASSERT_EQ((*remote)->declaration().claim_count, 1U);
  EXPECT_STREQ((*remote)->declaration().claims[0].loss, kPlainClaim.loss);
}

TEST(Isolated, IsWaitedForNoLongerOnceSomebodyWantsToStop) {
  Limits limits = short_limits();
  limits.call_seconds = 3600;
  limits.interrupted = [asked = 0]() mutable { return ++asked > 4; };  // not at the start
  EXPECT_EQ(isolate(hang, limits)->run(row_of(3), kDense).defect, "interrupted");
}

TEST(Isolated, GoesOnAfterADeath) {
  const auto remote = isolate([](const xent_problem* p, xent_result* result) -> xent_status {
    return p->classes == 4 ? crash(p, result) : first_logit(p, result);
  });
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(remote->run(row_of(3), kDense).loss, std::vector<double>{1});
    EXPECT_NE(remote->run(row_of(4), kDense).defect, "");
  }
  EXPECT_GT(remote->times_lost(), 0);
}

TEST(Isolated, WaitsLessForWhatHasBeenLate) {
  const auto remote = isolate(hang);
  EXPECT_EQ(remote->run(row_of(3), kDense).defect, "no answer in time");
  EXPECT_EQ(remote->run(row_of(3), kDense).defect, "no answer in time");
}

// Starts as well as answers: a run that goes on after a hang meets many.
TEST(Isolated, HasPatienceOnceAndThenATenthOfIt) {
  Patience patience(60);
  patience.note({"declared", "", false, 0.5});
  EXPECT_EQ(patience.seconds(), 60);
  patience.note({"", "no answer in time", true, 60});
  EXPECT_EQ(patience.seconds(), 6);
  patience.note({"declared", "", false, 2});
  EXPECT_EQ(patience.seconds(), 20);
}

TEST(Isolated, LimitsMemory) {
  Limits limits = short_limits();
  limits.call_seconds = 60;
  limits.memory_bytes = 256 << 20;
  const auto remote = isolate(
      [](const xent_problem* p, xent_result* result) -> xent_status {
        constexpr std::size_t kBytes = std::size_t{64} << 20;
        void* leak = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (leak == MAP_FAILED) return XENT_OUT_OF_MEMORY;
        std::memset(leak, 1, kBytes);
        return first_logit(p, result);
      },
      limits);
  EXPECT_EQ(remote->run(row_of(3), kDense).status, XENT_OK);
  xent_status last = XENT_OK;
  for (int call = 0; call < 4; ++call) last = remote->run(row_of(3), kDense).status;
  EXPECT_EQ(last, XENT_OUT_OF_MEMORY);
}

TEST(Isolated, PassesAStatusOn) {
  const Response response = isolate(say_no)->run(row_of(3), kDense);
  EXPECT_EQ(response.status, XENT_UNSUPPORTED);
  EXPECT_EQ(response.defect, "");
}

TEST(Isolated, SaysWhyNothingWasDeclared) {
  const auto refused = isolated(
      []() -> reference::Expected<const xent_implementation*> { return reference::Error{"there is none"}; },
      {});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message, "there is none");
  const auto ended = isolated([]() -> reference::Expected<const xent_implementation*> { std::exit(3); }, {});
  ASSERT_FALSE(ended.has_value());
  EXPECT_EQ(ended.error().message, "it did not declare itself: it called exit(3)");
}

Report judged(const Subject& subject, const char* law = "") {
  CheckOptions options;
  options.level = Level::smoke;
  options.seed = 7;
  options.most_trials = 12;
  options.only_law = law;
  return check(subject, options);
}

TEST(Isolated, GetsTheReportOfAnInProcessRun) {
  for (const auto implementation : {fast::fast_implementation, fast::naive_implementation}) {
    auto remote = isolated(
        [implementation]() -> reference::Expected<const xent_implementation*> { return implementation(); },
        {});
    ASSERT_TRUE(remote.has_value());
    EXPECT_EQ(json_report(judged(Subject(*remote))), json_report(judged(Subject(*implementation()))));
  }
}

TEST(Isolated, EveryLawFindsACrashWithItsCase) {
  const auto remote = isolate(crash);
  const Report report = judged(Subject(remote));
  int failed = 0;
  for (const LawVerdict& verdict : report.laws) {
    if (verdict.kind == LawVerdict::Kind::skip) continue;
    ++failed;
    ASSERT_EQ(verdict.failures.size(), 1U) << verdict.law->id;
    const Failure& failure = verdict.failures.front();
    EXPECT_NE(failure.message.find("signal 11"), std::string::npos) << failure.message;
    const Outcome again = replay(Subject(remote), *verdict.law, failure.trial);
    EXPECT_EQ(again.kind, Outcome::Kind::fail);
    EXPECT_EQ(again.message, failure.message);
  }
  EXPECT_GE(failed, 10);
}

TEST(Isolated, ShrinksACrash) {
  const auto remote = isolate([](const xent_problem* p, xent_result* result) -> xent_status {
    return p->classes >= 3 ? crash(p, result) : first_logit(p, result);
  });
  const Report report = judged(Subject(remote), "target_range");
  ASSERT_EQ(report.laws.front().failures.size(), 1U);
  EXPECT_EQ(report.laws.front().failures.front().trial.problem.rows, 1);
}

// A counter-example fails where nothing was asked before it, or says that it does not.
TEST(Isolated, SaysWhichFailuresNeedOtherCalls) {
  int by_themselves = 0;
  int after_others = 0;
  for (const char* const id : {"keeps_largest_maximum", "output_accumulates", "negative_confident"}) {
    const auto fresh = [id] {
      auto remote = isolated(
          [id]() -> reference::Expected<const xent_implementation*> {
            return find_mutant(id)->implementation;
          },
          {});
      EXPECT_TRUE(remote.has_value());
      return Subject(*remote);
    };
    for (const LawVerdict& verdict : judged(fresh()).laws) {
      for (const Failure& failure : verdict.failures) {
        const bool needs_others = failure.message.find("only after other calls") != std::string::npos;
        const Outcome alone = replay(fresh(), *verdict.law, failure.trial);
        EXPECT_EQ(alone.kind == Outcome::Kind::fail, !needs_others) << id << ": " << failure.message;
        (needs_others ? after_others : by_themselves) += 1;
      }
    }
  }
  EXPECT_GT(by_themselves, 0);
  EXPECT_GT(after_others, 0);
}

}  // namespace
}  // namespace xent::properties
