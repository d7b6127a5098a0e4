#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace orrery::protocol {

/// A child process with pipes to its standard input and from its standard output; its standard
/// error is this process's. Destruction closes the pipes, waits two seconds for the end and then
/// kills it.
class ChildProcess {
 public:
  /// Starts `command` (a path and its arguments). Throws an Error of kind kIo.
  explicit ChildProcess(const std::vector<std::string>& command);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  int in() const { return in_; }    ///< to write to
  int out() const { return out_; }  ///< to read from

  void closeIn();

  /// Waits at most `milliseconds` for the end. Returns its exit code, 128 + the number of the
  /// signal that ended it, or -1 if it still runs.
  int waitForEnd(int milliseconds);

 private:
  pid_t pid_ = -1;
  int in_ = -1;
  int out_ = -1;
  int status_ = -1;  ///< exit code once it has ended
};

}  // namespace orrery::protocol
