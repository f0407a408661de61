#include "bench/output_file.h"

#include <filesystem>
#include <fstream>
#include <system_error>

namespace xent::bench {
namespace {

bool write_to(const std::string& file, const std::string& text) {
  std::ofstream stream(file, std::ios::binary);
  stream << text;
  stream.close();
  return static_cast<bool>(stream);
}

}  // namespace

std::string not_writable(const std::string& file) {
  const auto folder = std::filesystem::absolute(file).parent_path();
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) return "its folder does not exist";
  if (std::filesystem::is_directory(file, error)) return "it is a folder";
  return "";
}

bool write_file(const std::string& file, const std::string& text) {
  std::error_code error;
  if (std::filesystem::exists(file, error) && !std::filesystem::is_regular_file(file, error))
    return write_to(file, text);
  const std::string beside = file + ".part";
  if (write_to(beside, text)) {
    std::filesystem::rename(beside, file, error);
    if (!error) return true;
  }
  std::filesystem::remove(beside, error);
  return false;
}

}  // namespace xent::bench
