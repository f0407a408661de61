#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "properties/cli/command.h"

namespace xent::properties::cli {
namespace {

// Under whatever name, "/dev/stdout" or that of the file it was redirected to.
bool is_standard_output(const std::string& path) {
  struct stat named = {};
  struct stat output = {};
  return stat(path.c_str(), &named) == 0 && fstat(STDOUT_FILENO, &output) == 0 &&
         named.st_dev == output.st_dev && named.st_ino == output.st_ino;
}

// As many as the kernel follows.
constexpr int kMostLinks = 40;

// What a path leads to, which need not be there.
std::string end_of_links(const std::string& path) {
  std::filesystem::path end = path;
  std::error_code error;
  for (int i = 0; i < kMostLinks && std::filesystem::is_symlink(end, error); ++i)
    end = end.parent_path() / std::filesystem::read_symlink(end, error);
  return end;
}

// `path` is what the user asked for, `file` what is opened for it, which is left only if it was written.
void write_all(const std::string& path, const std::string& file, const std::string& contents) {
  std::ofstream stream(file, std::ios::binary);
  stream << contents;
  stream.close();
  if (stream) return;
  std::error_code error;
  if (file != path) std::filesystem::remove(file, error);
  throw BadInput{path +
                 ": cannot be written; accepted: a path in a folder that exists and may be written to"};
}

}  // namespace

std::string read_file(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
    throw BadInput{path + ": is a folder; accepted: a file to read"};
  std::ifstream file(path, std::ios::binary);
  std::ostringstream contents;
  if (file) contents << file.rdbuf();
  if (!file) throw BadInput{path + ": cannot be read; accepted: a readable, nonempty file"};
  return contents.str();
}

bool is_stream(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_other(path, error) || is_standard_output(path);
}

void write_file(const std::string& path, const std::string& contents) {
  if (is_standard_output(path)) {
    fmt::print("{}", contents);
    return;
  }
  if (is_stream(path)) return write_all(path, path, contents);
  const std::string target = end_of_links(path);
  const std::string temporary = target + ".partial";
  write_all(path, temporary, contents);
  std::error_code error;
  std::filesystem::rename(temporary, target, error);
  if (error) {
    std::filesystem::remove(temporary);
    throw BadInput{path + ": cannot be written (" + error.message() + "); accepted: a path of a file"};
  }
}

}  // namespace xent::properties::cli
