#pragma once

#include <cstdlib>

#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/safetensors.h"
#include "core/models/auto_model.h"

/// The cases that tests/oracle/make_models.py leaves: a folder for each checkpoint.
namespace orrery::test {

inline std::filesystem::path oracleFolder() {
  const char* folder = std::getenv("ORRERY_ORACLE_DIR");
  return std::filesystem::path(folder ? folder : "") / "models";
}

inline models::TensorMap readTensors(const std::filesystem::path& path) {
  const auto file = checkpoint::SafetensorsFile::open(path);
  models::TensorMap result;
  for (const auto& name : file->names()) result[name] = nn::asTensor(*file->find(name));
  return result;
}

}  // namespace orrery::test
