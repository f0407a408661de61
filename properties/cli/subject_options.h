// Who is asked: an implementation by its name, or a program, within limits; by which law, and by how many.
#ifndef XENT_PROPERTIES_CLI_SUBJECT_OPTIONS_H
#define XENT_PROPERTIES_CLI_SUBJECT_OPTIONS_H

#include <cstdint>
#include <string>

#include "properties/child.h"
#include "properties/cli/command.h"
#include "properties/law.h"
#include "properties/subject.h"

namespace xent::properties::cli {

struct SubjectOptions {
  std::string implementation;
  std::string command;  // of a program, instead of the implementation
  double time_limit = Limits().call_seconds;
  std::int64_t memory_limit = Limits().memory_bytes >> 30;  // GiB
};

// --command, which is returned, and the limits; the implementation is the caller's to add.
CLI::Option* add_subject_options(CLI::App& command, SubjectOptions& options);

// Throws BadInput if there is no such implementation or program.
Subject subject_of(const SubjectOptions& options);

// The same as words of a command line: limits as well, for these may be why something fails.
std::string typed_name(const SubjectOptions& options);

// The law of that id. Throws BadInput if there is none.
const Law& known_law(const std::string& id);

// One process for each core, as far as more of them help.
int usual_jobs();

// --jobs; `usual` says in words what it is if it is not given.
void add_jobs(CLI::App& command, int& jobs, const char* usual);

}  // namespace xent::properties::cli

#endif  // XENT_PROPERTIES_CLI_SUBJECT_OPTIONS_H
