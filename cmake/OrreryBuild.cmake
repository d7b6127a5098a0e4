# Compiler settings and the two functions that define every target of the project:
#   orrery_library(NAME [DEPS lib…] [PRIVATE_DEPS lib…] [SOURCES file…] [TORCH] [OWN_FLAGS])
#                                            a shared library of the folder's sources, or of those named; OWN_FLAGS
#                                            if the compiler's flags differ by file
#   orrery_program(NAME OUTPUT name [DEPS lib…])

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

# Programs and libraries find each other both in the build tree and after installation.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
set(CMAKE_INSTALL_RPATH "$ORIGIN;$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
set(CMAKE_INSTALL_RPATH_USE_LINK_PATH ON)

find_program(ORRERY_CCACHE ccache)
if(ORRERY_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${ORRERY_CCACHE})
endif()
find_program(ORRERY_MOLD mold)
if(ORRERY_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Werror -Wno-missing-field-initializers)
if(ORRERY_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -O1 -g1)
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
  add_link_options(-fsanitize=address,undefined)
endif()
set(ORRERY_CORE_FLAGS)
if(ORRERY_FUZZ)
  # So that the fuzzer sees which input reaches new code.
  set(ORRERY_CORE_FLAGS -fsanitize=fuzzer-no-link)
  # Warnings are held to zero with g++; clang's own set is another.
  add_compile_options(-Wno-error)
endif()

# What nearly every file includes, precompiled. A precompiled header serves targets with its own flags only.
set(ORRERY_COMMON_HEADERS <algorithm> <array> <chrono> <cmath> <filesystem> <functional> <map> <memory> <optional>
  <ranges> <span> <string> <string_view> <unordered_map> <utility> <variant> <vector> <fmt/format.h>
  <nlohmann/json.hpp>)

# orrery_precompiled(NAME HEADER…): a target whose precompiled headers others reuse (REUSE_FROM).
function(orrery_precompiled name)
  if(NOT EXISTS ${CMAKE_BINARY_DIR}/${name}.cpp)
    file(WRITE ${CMAKE_BINARY_DIR}/${name}.cpp "")
  endif()
  add_library(${name} OBJECT ${CMAKE_BINARY_DIR}/${name}.cpp)
  target_link_libraries(${name} PRIVATE nlohmann_json::nlohmann_json fmt::fmt)
  target_precompile_headers(${name} PRIVATE ${ARGN})
endfunction()

if(ORRERY_BUILD_ENGINE)
  # Only the names of LibTorch's libraries are needed; its own flags (debug info, CUDA probing) are not.
  find_package(Torch REQUIRED)
  add_library(orrery_torch INTERFACE)
  target_include_directories(orrery_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
  target_link_libraries(orrery_torch INTERFACE torch_cpu c10)
  # LibTorch ships headers of a newer fmt than the system's library, and not the library.
  add_library(orrery_torch_fmt SHARED ${CMAKE_SOURCE_DIR}/cmake/torch_fmt.cpp)
  target_include_directories(orrery_torch_fmt SYSTEM PRIVATE ${TORCH_INCLUDE_DIRS})
  target_compile_features(orrery_torch_fmt PRIVATE cxx_std_20)
  target_link_libraries(orrery_torch INTERFACE orrery_torch_fmt)
endif()

function(orrery_library name)
  cmake_parse_arguments(ARG "TORCH;OWN_FLAGS" "" "DEPS;PRIVATE_DEPS;SOURCES" ${ARGN})
  if(NOT ARG_SOURCES)
    file(GLOB_RECURSE ARG_SOURCES CONFIGURE_DEPENDS *.cpp)
  endif()
  set(target orrery_${name})
  add_library(${target} SHARED ${ARG_SOURCES})
  add_library(orrery::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}>
                                              $<INSTALL_INTERFACE:include/orrery>)
  target_link_libraries(${target} PUBLIC ${ARG_DEPS} PRIVATE ${ARG_PRIVATE_DEPS} fmt::fmt
                                                             Threads::Threads)
  if(ARG_TORCH)
    target_link_libraries(${target} PUBLIC orrery_torch)
    target_precompile_headers(${target} REUSE_FROM orrery_torch_pch)
  elseif(NOT ARG_OWN_FLAGS)
    target_precompile_headers(${target} REUSE_FROM orrery_pch)
  endif()
  set_property(GLOBAL APPEND PROPERTY ORRERY_LIBRARIES ${target})
endfunction()

# Of GCC 12, which sees overlapping and endless copies in every "literal" + std::string (its bug 105651), most of all
# where <string> comes precompiled.
set(ORRERY_FALSE_ALARMS $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow> $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds>)

# orrery_light(TARGET): of tests and command lines there is much, and none of it computes: less work for the compiler.
function(orrery_light target)
  target_compile_options(${target} PRIVATE ${ORRERY_FALSE_ALARMS})
  if(ORRERY_SANITIZE)
    target_compile_options(${target} PRIVATE -O0)
  else()
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
  endif()
endfunction()
