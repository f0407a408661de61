#include <filesystem>
#include <fstream>
#include <sstream>

#include "properties/cli/command.h"

namespace xent::properties::cli {

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

void write_file(const std::string& path, const std::string& contents) {
  const std::string temporary = path + ".partial";
  {
    std::ofstream file(temporary, std::ios::binary);
    file << contents;
    file.close();
    if (!file) {
      std::filesystem::remove(temporary);
      throw BadInput{path +
                     ": cannot be written; accepted: a path in a folder that exists and may be written to"};
    }
  }
  std::error_code error;
  std::filesystem::rename(temporary, path, error);
  if (error) {
    std::filesystem::remove(temporary);
    throw BadInput{path + ": cannot be written (" + error.message() + "); accepted: a path of a file"};
  }
}

}  // namespace xent::properties::cli
