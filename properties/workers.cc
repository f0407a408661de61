#include "properties/workers.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "properties/part.h"

namespace xent::properties {
namespace {

// What a process tells the first one while it works, and is told. Addresses of laws are the same in both.
struct Notes {
  std::atomic<bool> stop = false;
  std::atomic<const Law*> law = nullptr;
  std::atomic<std::size_t> laws_done = 0;
  std::atomic<std::size_t> laws = 0;
  std::atomic<std::int64_t> trials_done = 0;
  std::atomic<std::int64_t> trials = 0;
  std::atomic<int> failures = 0;
  std::atomic<double> done = 0;
};

[[noreturn]] void give_up(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// Memory that processes share.
class SharedNotes {
 public:
  SharedNotes()
      : memory_(mmap(nullptr, sizeof(Notes), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    if (memory_ == MAP_FAILED) give_up("cannot share memory with a process");
    new (memory_) Notes;
  }
  ~SharedNotes() { munmap(memory_, sizeof(Notes)); }
  SharedNotes(const SharedNotes&) = delete;
  SharedNotes& operator=(const SharedNotes&) = delete;

  Notes& operator*() const { return *static_cast<Notes*>(memory_); }
  Notes* operator->() const { return &**this; }

 private:
  void* memory_;
};

// A file in memory that is gone with the last that knows it.
class MemoryFile {
 public:
  MemoryFile() : file_(memfd_create("xent_part", MFD_CLOEXEC)) {
    if (file_ < 0) give_up("cannot make a file in memory");
  }
  ~MemoryFile() { close(file_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  // False if there is no room.
  bool write(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t written = TEMP_FAILURE_RETRY(::write(file_, text.data(), text.size()));
      if (written <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
  }

  std::string read() const {
    std::string text;
    std::array<char, 65536> chunk;
    for (ssize_t got = 0;
         (got = pread(file_, chunk.data(), chunk.size(), static_cast<off_t>(text.size()))) > 0;)
      text.append(chunk.data(), static_cast<std::size_t>(got));
    return text;
  }

 private:
  int file_;
};

constexpr int kGathered = 0;
constexpr int kFailed = 3;  // the file says why
constexpr int kNoRoom = 4;

class Worker {
 public:
  // Begins the part in a process of its own.
  Worker(const CheckOptions& part, const GatherPart& gather_part) {
    std::fflush(nullptr);  // or the process would have it, too
    const pid_t parent = getpid();
    process_ = fork();
    if (process_ < 0) give_up("cannot start a process");
    if (process_ > 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(kFailed);
    _exit([&]() noexcept { return work(part, gather_part); }());
  }
  ~Worker() {
    if (process_ < 0) return;
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  Notes& notes() const { return *notes_; }

  // Nothing while it works, and once more after it was given.
  std::optional<Evidence> evidence() {
    int status = 0;
    if (process_ < 0 || waitpid(process_, &status, WNOHANG) != process_) return std::nullopt;
    process_ = -1;
    if (WIFSIGNALED(status)) {
      throw std::runtime_error(fmt::format("a process that tried inputs was ended by signal {} ({})",
                                           WTERMSIG(status), strsignal(WTERMSIG(status))));
    }
    if (WEXITSTATUS(status) == kFailed) throw std::runtime_error(file_.read());
    auto part = WEXITSTATUS(status) == kGathered ? read_part(file_.read())
                                                 : reference::Error{"there was no room for it"};
    if (!part) throw std::runtime_error("the evidence of a process cannot be read: " + part.error().message);
    return std::move(*part);
  }

 private:
  void tell(const Progress& progress) const {
    notes_->laws_done = progress.laws_done;
    notes_->laws = progress.laws;
    notes_->trials_done = progress.trials_done;
    notes_->trials = progress.trials;
    notes_->failures = progress.failures;
    notes_->done = progress.done;
    notes_->law = progress.law;  // last: until then nothing is told
  }

  // Returns the process's exit status.
  int work(CheckOptions part, const GatherPart& gather_part) const {
    part.progress = [this](const Progress& progress) { tell(progress); };
    part.interrupted = [this, theirs = part.interrupted] { return notes_->stop || (theirs && theirs()); };
    try {
      return file_.write(part_text(gather_part(part))) ? kGathered : kNoRoom;
    } catch (const std::exception& error) {
      return file_.write(error.what()) ? kFailed : kNoRoom;
    }
  }

  pid_t process_ = -1;
  SharedNotes notes_;
  MemoryFile file_;
};

using Workers = std::vector<std::unique_ptr<Worker>>;

// Of all; the law is that of the one that is farthest behind.
Progress progress_of(const Workers& workers) {
  Progress all;
  all.laws_done = std::numeric_limits<std::size_t>::max();
  for (const auto& worker : workers) {
    const Notes& notes = worker->notes();
    if (notes.laws_done < all.laws_done) {
      all.laws_done = notes.laws_done;
      all.law = notes.law;
    }
    all.laws = std::max(all.laws, notes.laws.load());
    all.trials_done += notes.trials_done;
    all.trials += notes.trials;
    all.failures += notes.failures;
    all.done += notes.done / static_cast<double>(workers.size());
  }
  return all;
}

void pause_shortly() {
  const timespec pause = {0, 10'000'000};
  nanosleep(&pause, nullptr);
}

}  // namespace

Evidence gather_in_processes(const CheckOptions& options, const GatherPart& gather_part) {
  Workers workers;
  CheckOptions part = options;
  for (int i = 1; i <= options.jobs; ++i) {
    part.shard = {i, options.jobs};
    workers.push_back(std::make_unique<Worker>(part, gather_part));
  }
  std::vector<Evidence> parts;
  while (parts.size() < workers.size()) {
    pause_shortly();
    const Progress progress = progress_of(workers);
    if (options.progress && progress.law != nullptr) options.progress(progress);
    const bool stop = options.interrupted && options.interrupted();
    for (const auto& worker : workers) {
      if (stop) worker->notes().stop = true;
      if (auto evidence = worker->evidence()) parts.push_back(std::move(*evidence));
    }
  }
  auto whole = join(std::move(parts));
  if (!whole)
    throw std::runtime_error("the evidence of the processes does not fit: " + whole.error().message);
  return std::move(*whole);
}

}  // namespace xent::properties
