# cmake -DBUILD=… -DPROGRAM=… -DWORK=… -DCOMPILER=… -DPREFIX_PATH=a:b -P run.cmake
set(prefix ${WORK}/prefix)
set(ENV{CMAKE_PREFIX_PATH} ${prefix}:${PREFIX_PATH})

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\n${output}\nended with ${status}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${WORK})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix})
run(${CMAKE_COMMAND} -S ${PROGRAM} -B ${WORK}/build -G Ninja -DCMAKE_CXX_COMPILER=${COMPILER})
run(${CMAKE_COMMAND} --build ${WORK}/build)
run(${WORK}/build/consumer ${WORK}/one.safetensors)
if(NOT output STREQUAL "numbers 2x3 F32, last 5\n")
  message(FATAL_ERROR "the consumer said: ${output}")
endif()
# The programs run from where they were installed.
run(${prefix}/bin/orrery-cli info)
