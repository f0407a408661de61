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

#include "bench/timing.h"
#include "properties/implementations.h"

namespace xent::bench {
namespace {

struct Ran {
  int status;
  std::string out;
  std::string err;
};

Ran ran(const std::vector<std::string>& arguments) {
  std::ostringstream out;
  std::ostringstream err;
  const int status = run(arguments, out, err);
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

// Implementation, rows, classes, threads.
using Row = std::tuple<std::string, std::int64_t, std::int64_t, int>;

std::set<Row> expected_rows() {
  std::set<Row> rows;
  for (const Shape& shape : shapes()) {
    if (!shape.quick) continue;
    for (int threads = 1; threads <= kMaxThreads; ++threads) {
      for (const auto& i : properties::built_in_implementations())
        rows.emplace(i.name, shape.rows, shape.classes, threads);
      rows.emplace(kReadLimit, shape.rows, shape.classes, threads);
    }
  }
  return rows;
}

TEST(Program, QuickRunHasAllRows) {
  const Folder folder;
  const Ran quick = ran({"--quick", "--json", folder.file("bench.json")});
  EXPECT_EQ(quick.status, 0) << quick.err;
  EXPECT_EQ(folder.size(), 1);
  std::ifstream file(folder.file("bench.json"));
  const auto object = nlohmann::json::parse(file);
  std::set<Row> rows;
  for (const auto& row : object["rows"]) {
    rows.emplace(row["implementation"], row["rows"], row["classes"], row["threads"]);
    const bool refused = !row["refused"].is_null();
    EXPECT_EQ(refused, row["implementation"] == "naive");
    if (refused) continue;
    EXPECT_GT(row["ns_per_element"]["median"], 0);
  }
  EXPECT_EQ(rows, expected_rows());
  EXPECT_EQ(object["rows"].size(), rows.size());
  EXPECT_NE(quick.out.find("naive refused: golden case '"), std::string::npos) << quick.out;
}

TEST(Program, TimesWhatIsWrongIfTold) {
  const Ran told = ran({"--quick", "--workload", "4096x10", "--even-if-wrong"});
  EXPECT_EQ(told.status, 0) << told.err;
  EXPECT_EQ(told.out.find("refused"), std::string::npos) << told.out;
}

TEST(Program, TimesOnlyWhatIsNamed) {
  const Ran one = ran({"stable", "--quick", "--workload", "4096x10"});
  EXPECT_EQ(one.status, 0) << one.err;
  EXPECT_NE(one.out.find("stable"), std::string::npos) << one.out;
  EXPECT_EQ(one.out.find("fast"), std::string::npos) << one.out;
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
                                                    {"--json", folder.file(".")}}) {
    const Ran bad = ran(arguments);
    EXPECT_EQ(bad.status, 2);
    EXPECT_EQ(bad.out, "");
    EXPECT_EQ(std::count(bad.err.begin(), bad.err.end(), '\n'), 1) << bad.err;
    EXPECT_TRUE(bad.err.starts_with("xent bench: " + arguments[0])) << bad.err;
  }
}

TEST(Program, HelpGoesToTheOutput) {
  const Ran help = ran({"--help"});
  EXPECT_EQ(help.status, 0);
  EXPECT_NE(help.out.find("read limit"), std::string::npos);
  EXPECT_EQ(help.err, "");
}

}  // namespace
}  // namespace xent::bench
