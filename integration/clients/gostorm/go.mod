module gostorm

go 1.23
