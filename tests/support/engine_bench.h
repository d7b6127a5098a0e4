#pragma once

#include <QTemporaryDir>
#include <optional>

#include "core/protocol/client.h"
#include "core/protocol/process.h"

namespace orrery::test {

/// A real engine without a model, and a folder for its files.
struct EngineBench {
  QTemporaryDir folder;
  std::optional<protocol::ChildProcess> child;
  std::optional<protocol::Client> client;

  void start() {
    protocol::ignoreBrokenPipes();
    child.emplace(std::vector<std::string>{qgetenv("ORRERY_CLI").toStdString(), "engine"});
    client.emplace(child->out(), child->in(), [](const protocol::Envelope&) {});
    client->initialize("test");
  }
  void stop() {
    child->closeIn();
    client.reset();
  }
};

}  // namespace orrery::test
