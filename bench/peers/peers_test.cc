// The peers that were built: that each is found under its name and does what it is asked. How accurate they
// are, the golden cases say when they are timed.
#include "bench/peers.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <vector>

#include "bench/contenders.h"
#include "bench/process.h"
#include "bench/testing.h"
#include "properties/implementations.h"

namespace xent::bench {
namespace {

// Far above any library's rounding errors and far below what a mix-up of rows, targets or signs would make.
constexpr double kMixUp = 0x1p-10;

// Names of libraries, as CMake lists them, each followed by a comma.
std::vector<const Peer*> built_peers() {
  const std::string built = std::string(XENT_BUILT_PEERS) + ",";
  std::vector<const Peer*> found;
  for (const Peer& peer : peers()) {
    if (built.find(std::string(peer.library) + ",") != std::string::npos) found.push_back(&peer);
  }
  return found;
}

// The softmax of a row in binary64. Returns ln of the sum of its exponentials.
double softmax(std::span<const float> row, std::vector<double>& probs) {
  double sum = 0;
  probs.clear();
  for (const float x : row) sum += probs.emplace_back(std::exp(double{x}));
  for (double& p : probs) p /= sum;
  return std::log(sum);
}

// What is wrong with an answer to the workload; empty if nothing is.
std::string mistake(const Workload& workload, std::span<const float> losses,
                    std::span<const float> gradient) {
  const auto classes = static_cast<std::size_t>(workload.shape().classes);
  std::vector<double> probs;
  for (std::size_t r = 0; r < losses.size(); ++r) {
    const auto row = workload.logits().subspan(r * classes, classes);
    const double lse = softmax(row, probs);
    const auto target = static_cast<std::size_t>(workload.targets()[r]);
    if (!(std::abs(losses[r] - (lse - row[target])) < kMixUp)) return "loss of row " + std::to_string(r);
    probs[target] -= 1;
    for (std::size_t c = 0; c < gradient.size() / losses.size(); ++c) {
      if (!(std::abs(gradient[r * classes + c] - probs[c]) < kMixUp))
        return "gradient of row " + std::to_string(r) + ", class " + std::to_string(c);
    }
  }
  return "";
}

// The first mistake in answers with and without the gradient, on one thread and two, again and again.
std::string first_mistake(const xent_implementation& implementation, const Workload& workload) {
  std::vector<float> losses(static_cast<std::size_t>(workload.shape().rows));
  std::vector<float> gradient(workload.logits().size());
  for (const int threads : {1, 2, 1}) {
    for (const bool both : {false, true, false}) {
      std::fill(losses.begin(), losses.end(), -1.f);
      std::fill(gradient.begin(), gradient.end(), -2.f);
      const xent_problem problem =
          workload.problem(both ? *kGradient.operation : *kForward.operation, threads);
      xent_result result = {};
      result.struct_size = sizeof result;
      result.loss = {losses.data(), XENT_BINARY32, 1, 0};
      if (both) result.grad = {gradient.data(), XENT_BINARY32, workload.shape().classes, 1};
      const xent_status status = implementation.compute(&problem, &result);
      if (status != XENT_OK) return "status " + std::to_string(status);
      const std::string wrong =
          mistake(workload, losses, both ? std::span<const float>(gradient) : std::span<const float>());
      if (!wrong.empty()) return wrong + (both ? ", with gradient" : ", forward");
    }
  }
  return "";
}

// In a process of its own, as when it is timed: each brings threads and an environment.
std::string first_mistake(const Peer& peer) {
  Process process([&](const std::string&) -> std::string {
    const auto found = properties::find_implementation(library_of(peer, XENT_PEER_FOLDER).string());
    if (!found) return found.error().message;
    for (const Shape& shape : {Shape{37, 10, false}, Shape{5, 1000, false}, Shape{1, 70000, false}}) {
      const Workload workload(shape, *kForward.format, 3);
      const std::string wrong = first_mistake(**found, workload);
      if (!wrong.empty()) return shape.name() + ": " + wrong;
    }
    return "none";
  });
  const auto answer = process.ask("?");
  return answer ? *answer : answer.error().message;
}

TEST(BuiltPeers, AnswerForwardAndGradientForAllShapesAndThreads) {
  if (built_peers().empty()) GTEST_SKIP() << "CMake found none of the libraries";
  for (const Peer* peer : built_peers()) EXPECT_EQ(first_mistake(*peer), "none") << peer->name;
}

TEST(BuiltPeers, TakePartUnderTheirNamesAndCoverBothOperations) {
  if (built_peers().empty()) GTEST_SKIP() << "CMake found none of the libraries";
  for (const Peer* peer : built_peers()) {
    auto field = enter({peer->name}, false, XENT_PEER_FOLDER, {});
    ASSERT_TRUE(field) << field.error().message;
    ASSERT_EQ(field->contenders.size(), 1u);
    for (const Question& question : {kForward, kGradient}) {
      const auto standing = field->contenders[0].host.examine(question);
      ASSERT_TRUE(standing) << standing.error().message;
      EXPECT_EQ(standing->not_covered, "") << peer->name;
    }
  }
}

TEST(BuiltPeers, AreAskedForNoOptionThatTheyDoNotDeclare) {
  if (built_peers().empty()) GTEST_SKIP() << "CMake found none of the libraries";
  for (const Peer* peer : built_peers()) {
    auto field = enter({peer->name}, false, XENT_PEER_FOLDER, {});
    ASSERT_TRUE(field) << field.error().message;
    const auto why = [&](const char* operation) {
      const auto standing = field->contenders[0].host.examine(question(operation, "binary32"));
      return standing ? standing->not_covered : standing.error().message;
    };
    EXPECT_EQ(why("label-smoothing"), "does not declare label smoothing") << peer->name;
    EXPECT_EQ(why("soft-labels+gradient"), "does not declare soft labels of the logits' format");
    EXPECT_EQ(why("softmax"), "does not declare softmax") << peer->name;
    const bool has_log_softmax = std::string_view(peer->name) == "onednn";
    EXPECT_EQ(why("log_softmax"), has_log_softmax ? "" : "does not declare log_softmax") << peer->name;
  }
}

}  // namespace
}  // namespace xent::bench
