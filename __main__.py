from q2o_infra import program

program.main()
