#include "bench/program.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <tuple>

#include "bench/operations.h"
#include "bench/peers.h"
#include "bench/plot.h"
#include "bench/testing.h"
#include "bench/timing.h"
#include "properties/implementations.h"

namespace xent::bench {
namespace {

struct Ran {
  int status;
  std::string out;
  std::string err;
};

const Surroundings kNoPeers = {"no_such_folder", "bench/plot.py", kPythons};

Ran ran(const std::vector<std::string>& arguments) {
  std::ostringstream out;
  std::ostringstream err;
  const int status = run(arguments, kNoPeers, out, err);
  return {status, out.str(), err.str()};
}

// A folder of this process's own, removed with all that is in it.
class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / ("xent_bench_test_" + std::to_string(getpid()))) {
    std::filesystem::create_directory(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string file(const char* name) const { return (path_ / name).string(); }
  std::ptrdiff_t size() const { return std::distance(std::filesystem::directory_iterator(path_), {}); }

 private:
  std::filesystem::path path_;
};

std::string content(const std::string& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// Implementation, operation, format, rows, classes, threads.
using Row = std::tuple<std::string, std::string, std::string, std::int64_t, std::int64_t, int>;

// What the built-in implementations claim, and the limits.
std::set<Row> expected_rows(const std::vector<const char*>& formats) {
  std::set<Row> rows;
  const auto add = [&](const char* name, const Question& question) {
    for (const Shape& shape : shapes()) {
      for (int threads = 1; shape.quick && threads <= kMaxThreads; ++threads)
        rows.emplace(name, question.operation->name, question.format->name, shape.rows, shape.classes,
                     threads);
    }
  };
  for (const char* format : formats) {
    for (const Operation* operation : {kForward.operation, kGradient.operation}) {
      const Question question = {operation, reference::find_format(format)};
      add(operation->limit.name, question);
      for (const auto& i : properties::built_in_implementations()) {
        if (!not_covered(*i.implementation(), question)) add(i.name, question);
      }
    }
  }
  return rows;
}

TEST(Program, QuickRunHasAllRows) {
  const Folder folder;
  const Ran quick = ran({"--quick", "--formats", "binary32,bfloat16", "--json", folder.file("bench.json")});
  EXPECT_EQ(quick.status, 0) << quick.err;
  EXPECT_EQ(folder.size(), 1);
  std::ifstream file(folder.file("bench.json"));
  const auto object = nlohmann::json::parse(file);
  std::set<Row> rows;
  for (const auto& row : object["rows"]) {
    rows.emplace(row["implementation"], row["operation"], row["format"], row["rows"], row["classes"],
                 row["threads"]);
    const bool refused = !row["refused"].is_null();
    EXPECT_EQ(refused, row["implementation"] == "naive");
    EXPECT_EQ(refused, !row["fails_golden"].is_null());
    if (refused) continue;
    EXPECT_GT(row["ns_per_element"]["median"], 0);
  }
  EXPECT_EQ(rows, expected_rows({"binary32", "bfloat16"}));
  EXPECT_EQ(object["rows"].size(), rows.size());
  EXPECT_NE(quick.out.find("naive refused: golden case '"), std::string::npos) << quick.out;
}

TEST(Program, TimesEveryOperation) {
  const Folder folder;
  const Ran timed = ran({"fast", "naive", "--quick", "--workload", "64x300", "--operations", "all", "--json",
                         folder.file("bench.json"), "--markdown", folder.file("bench.md")});
  ASSERT_EQ(timed.status, 0) << timed.err;
  std::ifstream file(folder.file("bench.json"));
  const auto object = nlohmann::json::parse(file);
  const std::string lines = content(folder.file("bench.md"));
  for (const Operation& operation : operations()) {
    std::multiset<std::string> who;
    for (const auto& row : object["rows"]) {
      if (row["operation"] != operation.name) continue;
      who.insert(row["implementation"]);
      EXPECT_EQ(row["limit"], operation.limit.name);
      if (row["implementation"] == "naive") continue;
      EXPECT_GT(row["ns_per_element"]["median"], 0);
    }
    EXPECT_EQ(who.count("fast"), 2u) << operation.name;
    EXPECT_EQ(who.count(operation.limit.name), 2u) << operation.name;
    EXPECT_NE(timed.out.find("\n" + question(operation.name, "binary32").name() + ": "), std::string::npos);
    EXPECT_NE(lines.find(std::string("\n| ") + operation.name + ", binary32 | 64 x 300 | "),
              std::string::npos);
  }
  EXPECT_NE(timed.out.find("naive not timed on softmax, binary32: does not declare softmax\n"),
            std::string::npos)
      << timed.out;
}

TEST(Program, WhatIsWrongWithAnOptionIsRefusedThere) {
  const Ran refused = ran({"naive", "--quick", "--workload", "64x300", "--operations", "soft-labels"});
  EXPECT_EQ(refused.status, 0) << refused.err;
  EXPECT_NE(refused.out.find("naive refused: golden case 'condition/maximum_subtracted' with soft labels of "
                             "the logits' format: "),
            std::string::npos)
      << refused.out;
}

TEST(Program, SaysOnceWhatIsNotTimedSinceNobodyClaimsIt) {
  const Ran gradient = ran({"stable", "--quick", "--workload", "4096x10", "--formats", "bfloat16"});
  EXPECT_EQ(gradient.status, 0) << gradient.err;
  for (const char* question : {"forward, bfloat16", "forward+gradient, bfloat16"}) {
    const std::string line = std::string("stable not timed on ") + question + ": does not declare bfloat16";
    const std::size_t first = gradient.out.find(line);
    ASSERT_NE(first, std::string::npos) << gradient.out;
    EXPECT_EQ(gradient.out.find(line, first + 1), std::string::npos) << gradient.out;
  }
}

TEST(Program, SaysWhichPeersAreAbsentAndHowToGetThem) {
  const Ran absent = ran({"stable", "--quick", "--workload", "4096x10", "--peers"});
  EXPECT_EQ(absent.status, 0) << absent.err;
  for (const Peer& peer : peers())
    EXPECT_NE(absent.out.find(std::string(peer.name) + " is absent: " + how_to_get(peer) + "\n"),
              std::string::npos)
        << absent.out;
}

TEST(Program, AnAbsentPeerThatWasNamedIsOneLineAndStatusTwo) {
  const Ran absent = ran({"fast", "onednn"});
  EXPECT_EQ(absent.status, 2);
  EXPECT_EQ(absent.err, "xent bench: onednn is absent: " + how_to_get(*find_peer("onednn")) + "\n");
}

TEST(Program, TimesWhatIsWrongIfTold) {
  const Ran told = ran({"--quick", "--workload", "4096x10", "--even-if-wrong"});
  EXPECT_EQ(told.status, 0) << told.err;
  EXPECT_EQ(told.out.find("refused"), std::string::npos) << told.out;
  EXPECT_NE(told.out.find("fails golden: "), std::string::npos) << told.out;
}

TEST(Program, TimesOnlyWhatIsNamed) {
  const Ran one = ran({"stable", "--quick", "--workload", "4096x10"});
  EXPECT_EQ(one.status, 0) << one.err;
  EXPECT_NE(one.out.find("stable"), std::string::npos) << one.out;
  EXPECT_EQ(one.out.find("naive"), std::string::npos) << one.out;
}

TEST(Program, AnUnknownImplementationIsOneLineAndStatusTwo) {
  const Ran bad = ran({"no_such_implementation"});
  EXPECT_EQ(bad.status, 2);
  EXPECT_EQ(bad.out, "");
  EXPECT_EQ(std::count(bad.err.begin(), bad.err.end(), '\n'), 1) << bad.err;
  EXPECT_NE(bad.err.find("no_such_implementation"), std::string::npos) << bad.err;
}

TEST(Program, BadUsageIsOneLineAndStatusTwo) {
  const Folder folder;
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"--repetitions", "0"},
                                                    {"--json", folder.file("no_such_folder/bench.json")},
                                                    {"--json", folder.file(".")},
                                                    {"--markdown", folder.file("no_such_folder/bench.md")},
                                                    {"--plot", folder.file("no_such_folder/plot.svg")}}) {
    const Ran bad = ran(arguments);
    EXPECT_EQ(bad.status, 2);
    EXPECT_EQ(bad.out, "");
    EXPECT_EQ(std::count(bad.err.begin(), bad.err.end(), '\n'), 1) << bad.err;
    EXPECT_TRUE(bad.err.starts_with("xent bench: " + arguments[0])) << bad.err;
  }
}

TEST(Program, DrawsAPlot) {
  const Folder folder;
  const Ran drawn =
      ran({"fast", "stable", "--quick", "--workload", "64x300", "--operations",
           "forward,forward+gradient,soft-labels+gradient,softmax", "--plot", folder.file("plot.svg")});
  EXPECT_EQ(drawn.status, 0) << drawn.err;
  EXPECT_EQ(folder.size(), 1);
  const std::string picture = content(folder.file("plot.svg"));
  for (const char* words :
       {"<svg", "<!-- stable -->", "<!-- read limit -->", "<!-- copy limit -->", "<!-- add limit -->",
        "<!-- soft-labels+gradient, binary32, 1 thread -->", "<!-- softmax, binary32, 2 threads -->"})
    EXPECT_NE(picture.find(words), std::string::npos) << words;
}

TEST(Program, WithoutMatplotlibNothingIsTimed) {
  const Folder folder;
  std::ostringstream out;
  std::ostringstream err;
  const Surroundings no_python = {"no_such_folder", "bench/plot.py", {"no_such_python"}};
  EXPECT_EQ(run({"--quick", "--plot", folder.file("plot.svg")}, no_python, out, err), 2);
  EXPECT_EQ(out.str(), "");
  EXPECT_EQ(err.str(),
            "xent bench: --plot: no Python here has matplotlib; Debian's package is python3-matplotlib\n");
}

TEST(Program, HelpGoesToTheOutput) {
  const Ran help = ran({"--help"});
  EXPECT_EQ(help.status, 0);
  EXPECT_NE(help.out.find("read limit"), std::string::npos);
  EXPECT_EQ(help.err, "");
}

}  // namespace
}  // namespace xent::bench
