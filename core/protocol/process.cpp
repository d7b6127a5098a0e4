#include "core/protocol/process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "core/base/error.h"

extern char** environ;

namespace orrery::protocol {
namespace {

using Pipe = std::array<int, 2>;

Pipe makePipe() {
  Pipe pipe;
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0)
    throw Error(ErrorKind::kIo, "no pipe: {}", std::strerror(errno));
  return pipe;
}

int exitCode(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& command) {
  const Pipe toChild = makePipe();
  const Pipe fromChild = makePipe();
  std::vector<char*> arguments;
  for (const std::string& argument : command)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, toChild[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, fromChild[1], STDOUT_FILENO);
  const int failure =
      ::posix_spawnp(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(toChild[0]);
  ::close(fromChild[1]);
  in_ = toChild[1];
  out_ = fromChild[0];
  if (failure != 0) {
    ::close(in_);
    ::close(out_);
    throw Error(ErrorKind::kIo, "cannot start {}: {}", orrery::quoted(command[0]),
                std::strerror(failure));
  }
}

ChildProcess::~ChildProcess() {
  closeIn();
  ::close(out_);
  if (waitForEnd(2000) < 0) {
    ::kill(pid_, SIGKILL);
    waitForEnd(2000);
  }
}

void ChildProcess::closeIn() {
  if (in_ >= 0) ::close(in_);
  in_ = -1;
}

int ChildProcess::waitForEnd(int milliseconds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
  while (status_ < 0) {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) status_ = exitCode(status);
    if (status_ >= 0 || std::chrono::steady_clock::now() >= deadline) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return status_;
}

}  // namespace orrery::protocol
