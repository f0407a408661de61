#include "bench/plot.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace xent::bench {
namespace {

// What a program reads and where its complaints go.
class Files {
 public:
  Files() { posix_spawn_file_actions_init(&actions_); }
  ~Files() { posix_spawn_file_actions_destroy(&actions_); }
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;

  void read_from(int file) { posix_spawn_file_actions_adddup2(&actions_, file, STDIN_FILENO); }
  void silence() { posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null", O_WRONLY, 0); }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

// Whether the program could be run and ended with exit status 0.
bool succeeds(std::vector<std::string> command, const Files& files) {
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (std::string& argument : command) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  pid_t pid = 0;
  if (posix_spawnp(&pid, arguments[0], files.get(), nullptr, arguments.data(), environ) != 0) return false;
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// The text in a file without a name, to be read from its start; -1 if there is no room for it.
int in_memory(const std::string& text) {
  const int file = memfd_create("xent-bench", MFD_CLOEXEC);
  if (file < 0) return -1;
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t size = write(file, text.data() + written, text.size() - written);
    if (size <= 0) {
      close(file);
      return -1;
    }
    written += static_cast<std::size_t>(size);
  }
  lseek(file, 0, SEEK_SET);
  return file;
}

}  // namespace

reference::Expected<std::string> find_plotting_python(std::span<const std::string> pythons) {
  Files files;
  files.silence();
  for (const std::string& python : pythons) {
    if (succeeds({python, "-c", "import matplotlib"}, files)) return python;
  }
  return reference::Error{"no Python here has matplotlib; Debian's package is python3-matplotlib"};
}

bool draw_plot(const std::string& python, const std::filesystem::path& script, const std::string& json,
               const std::string& file) {
  const int results = in_memory(json);
  if (results < 0) return false;
  Files files;
  files.read_from(results);
  const bool drawn = succeeds({python, script.string(), "-", file}, files);
  close(results);
  return drawn;
}

}  // namespace xent::bench
