#include "golden/exhaustive.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <thread>

#include "properties/cli/command.h"
#include "properties/cli/part_of.h"

namespace xent::properties::cli {
namespace {

using golden::Block;
using golden::Progress;
using golden::Sweep;

struct ExhaustiveArguments {
  std::string sweep;
  std::string state;
  std::string slice = "0/1";
  int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
};

// Every n-th block from i on.
std::vector<std::uint32_t> blocks_of_slice(const std::string& slice) {
  const auto part = parse_part_of(slice);
  if (!part || part->index >= part->count || part->count > golden::kBlocks) {
    throw BadInput{
        fmt::format("--slice: '{}' is not accepted; accepted: I/N with I < N <= {}", slice, golden::kBlocks)};
  }
  std::vector<std::uint32_t> blocks;
  for (std::uint32_t block = part->index; block < golden::kBlocks; block += part->count)
    blocks.push_back(block);
  return blocks;
}

// A file that grows by whole lines. Without a name, nothing is kept.
class StateFile {
 public:
  StateFile(const std::string& path, const Sweep& sweep) : path_(path), progress_{&sweep, {}} {
    if (path.empty()) return;
    if (std::filesystem::exists(path)) read(sweep);
    file_.reset(std::fopen(path.c_str(), "ab"));
    if (file_ == nullptr) throw unwritable();
    if (std::filesystem::file_size(path) == 0) append(golden::header_line(sweep));
  }

  const Progress& progress() const { return progress_; }

  void add(std::uint32_t block, const Block& result) {
    progress_.blocks.emplace(block, result);
    if (file_ != nullptr) append(golden::block_line(block, result));
  }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  void read(const Sweep& sweep) {
    std::string text = read_file(path_);
    if (text.empty()) return;
    progress_ = [&] {
      auto progress = golden::read_progress(text);
      if (!progress) throw BadInput{path_ + ": " + progress.error().message};
      return std::move(*progress);
    }();
    if (progress_.sweep != &sweep) {
      throw BadInput{fmt::format("{}: the state of '{}' is not accepted; accepted: that of '{}'", path_,
                                 progress_.sweep->name, sweep.name)};
    }
    // What an interruption left of a line would run into the next one.
    const std::size_t end = text.rfind('\n') + 1;
    if (end < text.size()) write_file(path_, text.substr(0, end));
  }

  void append(const std::string& line) {
    if (std::fputs(line.c_str(), file_.get()) < 0 || std::fflush(file_.get()) != 0) throw unwritable();
  }

  BadInput unwritable() const {
    return BadInput{path_ +
                    ": cannot be written; accepted: a path in a folder that exists and may be written to"};
  }

  std::string path_;
  Progress progress_;
  std::unique_ptr<std::FILE, Close> file_;
};

// On a terminal one line that is rewritten, otherwise a line every ten seconds.
class Meter {
 public:
  explicit Meter(std::size_t total) : total_(total), start_(Clock::now()), last_(start_) {}

  void show(std::size_t done) {
    const auto now = Clock::now();
    const bool terminal = isatty(STDERR_FILENO) != 0;
    if (terminal && done == total_) return fmt::print(stderr, "\r\033[K");
    if (now - last_ < (terminal ? std::chrono::milliseconds(200) : std::chrono::seconds(10))) return;
    last_ = now;
    const double seconds = std::chrono::duration<double>(now - start_).count();
    const auto left =
        static_cast<long>(seconds * static_cast<double>(total_ - done) / static_cast<double>(done));
    const std::string line =
        fmt::format("{} of {} blocks, {:%H:%M:%S} left", done, total_, std::chrono::seconds(left));
    fmt::print(stderr, "{}{}{}", terminal ? "\r\033[K" : "", line, terminal ? "" : "\n");
    std::fflush(stderr);
  }

 private:
  using Clock = std::chrono::steady_clock;
  std::size_t total_;
  Clock::time_point start_;
  Clock::time_point last_;
};

void print_summary(const Progress& progress) {
  const golden::Tally tally = progress.tally();
  const std::size_t blocks = progress.blocks.size();
  fmt::print("blocks     {} of {}{}\n", blocks, golden::kBlocks,
             blocks == golden::kBlocks ? ", all inputs" : "");
  fmt::print("values     {}\n", tally.values);
  fmt::print("special    {}  (an infinite logit or NaN: by convention)\n", tally.special);
  fmt::print("refined    {}  (not decided in fixed point)\n", tally.refined);
  fmt::print("undecided  {}\n", tally.undecided);
  fmt::print("digest     {}  (XXH3 of the blocks' digests, in order)\n", progress.digest());
}

int run(const ExhaustiveArguments& arguments) {
  const Sweep& sweep = *golden::find_sweep(arguments.sweep);
  const std::vector<std::uint32_t> slice = blocks_of_slice(arguments.slice);
  StateFile state(arguments.state, sweep);
  std::vector<std::uint32_t> missing;
  for (const std::uint32_t block : slice) {
    if (!state.progress().blocks.contains(block)) missing.push_back(block);
  }
  fmt::print("softmax cross-entropy in nats, {}, rounded to {}, ties to even\n", sweep.what,
             reference::format(sweep.format).name);
  if (missing.size() < slice.size())
    fmt::print("{} blocks were done already\n", slice.size() - missing.size());
  std::fflush(stdout);
  Meter meter(missing.size());
  std::size_t done = 0;
  golden::run_sweep(sweep, missing, arguments.threads, [&](std::uint32_t block, const Block& result) {
    state.add(block, result);
    meter.show(++done);
  });
  print_summary(state.progress());
  return state.progress().tally().undecided == 0 ? kConforms : kDoesNotConform;
}

}  // namespace

void add_exhaustive(CLI::App& golden, int& status) {
  CLI::App* command = golden.add_subcommand("exhaustive", "certify every pair of logits of a format");
  auto arguments = std::make_shared<ExhaustiveArguments>();
  std::vector<std::string> names;
  for (const Sweep& sweep : golden::sweeps()) names.emplace_back(sweep.name);
  command->add_option("sweep", arguments->sweep, "which inputs")->required()->check(CLI::IsMember(names));
  command->add_option("--state", arguments->state,
                      "a file that keeps what is done; the same command goes on from there");
  command->add_option("--slice", arguments->slice, "I/N: every N-th of the 4096 blocks of inputs, from I on")
      ->capture_default_str();
  command->add_option("--threads", arguments->threads, "how many")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->callback([arguments, &status] { status = run(*arguments); });
}

}  // namespace xent::properties::cli
